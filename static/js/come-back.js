// The lock page of a shared computer: a tap on a name, six digits, and the page opens by itself.
(() => {
  "use strict";
  const form = document.getElementById("come-back");
  if (!form) return;
  const pin = form.elements.pin;
  let sent = false;
  form.addEventListener("change", (event) => { if (event.target.name === "who") pin.focus(); });
  pin.addEventListener("input", () => {
    const chosen = form.querySelector("input[name=who]:checked");
    if (sent || !chosen || !/^[0-9]{6}$/.test(pin.value)) return;
    sent = true;
    form.requestSubmit();
  });
  addEventListener("pageshow", () => { sent = false; pin.value = ""; });
  if (form.querySelector("input[name=who]:checked") && !document.querySelector(".govuk-error-summary")) pin.focus();
})();
