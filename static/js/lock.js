// A shared computer locks itself when nobody has touched it for some minutes, in every tab, and by the button (Alt+L).
// What stands half written goes with the lock to the server, encrypted there, and comes back to the same person.
(() => {
  "use strict";
  const lock = document.getElementById("lock");
  if (!lock) return;
  const AFTER = Number(lock.dataset.minutes) * 60000;
  const PING = 60000;
  const tabs = window.BroadcastChannel ? new BroadcastChannel("firstbell-lock") : null;
  const tell = (what) => { if (tabs) tabs.postMessage(what); };
  let touched = Date.now();
  let pinged = touched;
  let told = touched;
  let locking = false;

  // ---- The form that stands half written: one, with fields that differ from what the page brought.
  const isTyped = (field) => {
    if (!field.name || field.disabled || ["hidden", "password", "file", "submit", "button", "search"].includes(field.type)) return false;
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.tagName === "SELECT") return [...field.options].some((option) => option.selected !== option.defaultSelected);
    return field.value !== field.defaultValue;
  };
  const halfWritten = () => [...document.forms].find((form) => form !== lock && form.method === "post" && [...form.elements].some(isTyped));
  const fieldsOf = (form) => {
    const fields = [["", form.getAttribute("action") || ""]];
    for (const field of form.elements) {
      if (!field.name || ["hidden", "password", "file", "submit", "button"].includes(field.type)) continue;
      if ((field.type === "checkbox" || field.type === "radio") && !field.checked) continue;
      if (field.tagName === "SELECT") for (const option of field.selectedOptions) fields.push([field.name, option.value]);
      else if (field.tagName !== "FIELDSET") fields.push([field.name, field.value]);
    }
    return fields;
  };
  const fill = () => {
    const form = halfWritten();
    lock.elements.path.value = form ? location.pathname + location.search : "";
    lock.elements.kept.value = form ? JSON.stringify(fieldsOf(form)) : "";
  };
  lock.addEventListener("submit", () => { fill(); tell("lock"); });

  const lockNow = () => {
    if (locking) return;
    locking = true;
    fill();
    tell("lock");
    // The page goes from the screen at once, whether or not the network is quick.
    document.querySelector("main").hidden = true;
    lock.submit();
  };

  // Also where the browser keeps access keys to itself.
  addEventListener("keydown", (event) => {
    if (event.code !== "KeyL" || !event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    lockNow();
  });

  // ---- Whether somebody is here.
  const touch = () => {
    const now = Date.now();
    if (now - touched >= AFTER) return lockNow();
    touched = now;
    if (now - told > 5000) { told = now; tell("here"); }
    if (now - pinged > PING) {
      pinged = now;
      fetch(lock.dataset.awake, { headers: { Accept: "application/json" } }).then((answer) => { if (answer.status === 401) location.reload(); }, () => {});
    }
    return undefined;
  };
  for (const what of ["pointerdown", "keydown", "input", "scroll"]) addEventListener(what, touch, { passive: true, capture: true });
  const look = () => { if (Date.now() - touched >= AFTER) lockNow(); };
  setInterval(look, 5000);
  document.addEventListener("visibilitychange", look);
  if (tabs) {
    tabs.addEventListener("message", (event) => {
      if (event.data === "here") touched = Date.now();
      if (event.data === "lock" && !locking) { locking = true; document.querySelector("main").hidden = true; location.replace("/staff/lock"); }
    });
  }
  // Back to a page that the browser had put by: it is asked for anew, as whoever is here now.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  // ---- After coming back: what was half written.
  const give = async () => {
    history.replaceState(null, "", location.pathname + location.search);
    const answer = await fetch(lock.dataset.kept, { method: "POST", body: new FormData(lock), headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const { fields } = await answer.json();
    if (!fields.length) return;
    const names = fields.slice(1).map(([name]) => name);
    const action = fields[0][1];
    const has = (form) => form !== lock && form.method === "post" && names.every((name) => form.elements[name]);
    const form = [...document.forms].find((one) => has(one) && (one.getAttribute("action") || "") === action) || [...document.forms].find(has);
    if (!form) return;
    for (const field of form.elements) {
      const given = fields.slice(1).filter(([name]) => name === field.name).map(([, value]) => value);
      if (!names.includes(field.name) && !["checkbox", "radio"].includes(field.type)) continue;
      if (["hidden", "password", "file", "submit", "button"].includes(field.type)) continue;
      if (field.type === "checkbox" || field.type === "radio") field.checked = given.includes(field.value);
      else if (field.tagName === "SELECT") for (const option of field.options) option.selected = given.includes(option.value);
      else if (given.length) field.value = given[0];
    }
    const first = [...form.elements].find(isTyped);
    if (first) { const box = first.closest("details"); if (box) box.open = true; first.focus(); }
  };
  if (location.hash === "#kept") give().catch(() => {});
})();
