// Passkeys: a form that carries what the phone has signed. It is shown only where the browser can do it; without this
// script, or without a passkey, a code is all that is needed.
(() => {
  "use strict";
  const able = window.PublicKeyCredential && PublicKeyCredential.parseRequestOptionsFromJSON && PublicKeyCredential.parseCreationOptionsFromJSON;
  const form = document.getElementById("passkey");
  const said = document.getElementById("passkeys-here");
  if (said && able && PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable) {
    PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable().then((yes) => { said.value = yes ? "1" : ""; }, () => {});
  }
  if (!form || !able) return;
  const words = form.querySelector("[data-says]");
  const makes = form.dataset.passkey === "make";
  const other = location.pathname.startsWith("/staff") ? "another way" : "a code";
  let waiting = null;

  const options = async () => {
    const asked = await fetch(form.dataset.options, { method: "POST", headers: { Accept: "application/json" }, body: new FormData(form) });
    const told = await asked.json().catch(() => ({}));
    if (told.go) location.href = told.go;
    if (!asked.ok) throw new Error(told.error || "This did not work. Load the page again.");
    return told;
  };
  const send = (credential) => {
    // Staff's sign-in: "This is a shared computer" stands in the form beside.
    const shared = document.getElementById("shared");
    if (shared && form.elements.shared) form.elements.shared.value = shared.checked ? "1" : "";
    form.elements.credential.value = JSON.stringify(credential.toJSON());
    form.submit();
  };
  const why = (error) => {
    if (error.name === "InvalidStateError") return "This phone or computer has a passkey already.";
    if (error.name === "NotAllowedError" || error.name === "AbortError") return `Nothing was changed. You can try again, or use ${other}.`;
    if (error.name === "SecurityError" || error.name === "NotSupportedError") return `This browser cannot do it here. Use ${other}.`;
    return error.message;
  };

  const go = async () => {
    if (waiting) waiting.abort();
    waiting = new AbortController();
    words.textContent = "";
    try {
      const told = await options();
      const signal = waiting.signal;
      send(makes
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(told), signal })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(told), signal }));
    } catch (error) {
      words.textContent = why(error);
    }
  };
  form.querySelector("[data-go]").addEventListener("click", go);
  form.hidden = false;

  // The browser offers the passkey in the field of the number, where it can.
  const quietly = async () => {
    if (form.dataset.quietly === undefined || !PublicKeyCredential.isConditionalMediationAvailable) return;
    if (!(await PublicKeyCredential.isConditionalMediationAvailable())) return;
    const mine = (waiting = new AbortController());
    const told = await options();
    if (mine.signal.aborted) return;
    send(await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(told), mediation: "conditional", signal: mine.signal }));
  };
  quietly().catch(() => {});
})();
