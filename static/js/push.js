// Messages on this phone: shows the one state that is true here, and turns them on or off. The server's answer is the
// only truth; the browser asks for permission only after a tap.
(() => {
  "use strict";
  const card = document.getElementById("push");
  if (!card) return;
  const says = card.querySelector("[data-says]");
  const token = card.querySelector('[name="csrf_token"]').value;

  const show = (state) => {
    for (const part of card.querySelectorAll("[data-state]")) part.hidden = part.dataset.state !== state;
    card.hidden = false;
  };
  const send = async (address, body) => {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token },
      body: JSON.stringify(body),
    });
    const told = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
    if (answer.ok) return told;
    throw new Error(told.error || "This did not work. Try again, or leave it: texts still come.");
  };
  const key = () => {
    const text = card.dataset.key.replace(/-/g, "+").replace(/_/g, "/");
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  };
  const registration = async () => {
    await navigator.serviceWorker.register("/service-worker.js");
    return navigator.serviceWorker.ready;
  };

  const turnOn = async () => {
    if ((await Notification.requestPermission()) !== "granted") return show("blocked");
    const worker = await registration();
    const subscription = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key() });
    await send(card.dataset.on, subscription.toJSON());
    show("on");
    says.textContent = "Messages are on.";
  };
  const turnOff = async () => {
    const worker = await registration();
    const subscription = await worker.pushManager.getSubscription();
    if (subscription) {
      await send(card.dataset.off, { endpoint: subscription.endpoint });
      await subscription.unsubscribe();
    }
    show("off");
    says.textContent = "Messages are off. Texts still come.";
  };
  const tryOne = async (form) => {
    const field = form.elements.submission_key;
    says.textContent = "Asking for one.";
    const told = await send(form.action, { submission_key: field.value });
    // The next tap is another push; a double tap of this one was the same.
    field.value = crypto.randomUUID();
    says.textContent = told.says;
  };
  const begin = async () => {
    const isApple = /iPhone|iPad/.test(navigator.userAgent) && navigator.standalone === false;
    if (!("PushManager" in window) || !("Notification" in window) || !("serviceWorker" in navigator)) {
      return show(isApple ? "install" : "none");
    }
    if (Notification.permission === "denied") return show("blocked");
    const worker = await registration();
    const subscription = await worker.pushManager.getSubscription();
    if (!subscription || Notification.permission !== "granted") return show("off");
    // Phones change what they are called; the server is told each time this page is opened.
    await send(card.dataset.on, subscription.toJSON());
    show("on");
  };

  card.addEventListener("submit", (event) => {
    event.preventDefault();
    const form = event.target;
    const change = form.closest("[data-state]").dataset.state === "off" ? turnOn : turnOff;
    const work = "trial" in form.dataset ? tryOne : change;
    work(form).catch((error) => {
      says.textContent = error.message;
    });
  });
  begin().catch(() => show("none"));
})();
