// Forget this phone: says first what would be lost, then empties what the browser keeps for us, and tells the server which
// pushes to stop. The server's answer asks the browser for the same (Clear-Site-Data); not every browser does it.
(() => {
  "use strict";
  const form = document.getElementById("forget");
  if (!form) return;
  const WAITING = [["firstbell-files", "files"]];
  const ours = (name) => name.startsWith("firstbell");

  const names = async () => {
    if (!window.indexedDB) return [];
    if (!indexedDB.databases) return [...WAITING.map(([name]) => name), "firstbell-on-site"];
    return (await indexedDB.databases()).map((one) => one.name).filter(ours);
  };
  const count = (name, store) => new Promise((resolve) => {
    const asked = indexedDB.open(name);
    asked.onerror = () => resolve(0);
    asked.onupgradeneeded = () => asked.transaction.abort();
    asked.onsuccess = () => {
      const db = asked.result;
      const done = (number) => { db.close(); resolve(number); };
      if (!db.objectStoreNames.contains(store)) { done(0); return; }
      const counted = db.transaction(store).objectStore(store).count();
      counted.onsuccess = () => done(counted.result);
      counted.onerror = () => done(0);
    };
  });
  const warn = async () => {
    const there = await names();
    let number = 0;
    for (const [name, store] of WAITING) if (there.includes(name)) number += await count(name, store);
    if (!number) return;
    document.getElementById("unsent-number").textContent = number === 1 ? "1 photo or file" : `${number} photos or files`;
    document.getElementById("unsent").hidden = false;
  };

  const drop = (name) => new Promise((resolve) => {
    const asked = indexedDB.deleteDatabase(name);
    asked.onsuccess = asked.onerror = asked.onblocked = resolve;
  });
  const empty = async () => {
    const worker = "serviceWorker" in navigator ? await navigator.serviceWorker.getRegistration() : undefined;
    const pushes = worker && worker.pushManager ? await worker.pushManager.getSubscription() : null;
    if (pushes) {
      form.elements.endpoint.value = pushes.endpoint;
      await pushes.unsubscribe().catch(() => {});
    }
    if (window.caches) for (const name of await caches.keys()) await caches.delete(name);
    for (const name of await names()) await drop(name);
    try { localStorage.clear(); sessionStorage.clear(); } catch { /* nothing is kept */ }
    if (worker) await worker.unregister();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const late = new Promise((resolve) => { setTimeout(resolve, 3000); });
    Promise.race([empty().catch(() => {}), late]).then(() => form.submit());
  });
  warn().catch(() => {});
})();
