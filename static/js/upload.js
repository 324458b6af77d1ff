// On the receipt: the files that were chosen with this report go to school one by one. What does not get through stays on
// the phone and goes on the next visit, under the same key, so that school never has it twice.
(() => {
  "use strict";
  const place = document.querySelector("[data-upload]");
  if (!place || !window.indexedDB) return;
  const { upload: address, sent, csrf } = place.dataset;
  const KEPT_FOR = 7 * 24 * 3600 * 1000;

  const open = () => new Promise((resolve, reject) => {
    const asked = indexedDB.open("firstbell-files", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("files", { keyPath: "upload" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  const store = async (mode, act) => {
    const db = await open();
    return new Promise((resolve, reject) => {
      const deed = db.transaction("files", mode);
      const asked = act(deed.objectStore("files"));
      deed.oncomplete = () => { db.close(); resolve(asked.result); };
      deed.onerror = () => { db.close(); reject(deed.error); };
    });
  };
  const say = (text) => {
    const line = document.createElement("p");
    line.textContent = text;
    place.append(line);
    return line;
  };

  const send = async (file, line) => {
    const form = new FormData();
    form.set("csrf_token", csrf);
    form.set("upload", file.upload);
    form.set("file", file.data, file.name);
    const answer = await fetch(address, { method: "POST", body: form, headers: { Accept: "application/json" } });
    const said = await answer.json().catch(() => ({}));
    if (answer.ok) {
      line.textContent = `${said.name || file.name}: sent`;
    } else if (answer.status === 422 || answer.status === 413) {
      line.textContent = said.error || `${file.name} was too big.`;
    } else {
      throw new Error(String(answer.status));
    }
    await store("readwrite", (files) => files.delete(file.upload));
  };

  const run = async () => {
    const all = await store("readonly", (files) => files.getAll());
    for (const file of all) {
      if (Date.now() - file.at > KEPT_FOR) await store("readwrite", (files) => files.delete(file.upload));
      // A file belongs to the report of its form; once that is known, to this page for good.
      if (sent && file.key === sent && !file.address) {
        file.address = address;
        await store("readwrite", (files) => files.put(file));
      }
    }
    for (const file of all.filter((one) => one.address === address)) {
      const line = say(`${file.name}: sending …`);
      try {
        await send(file, line);
      } catch {
        line.textContent = `${file.name} is saved on this phone and not sent yet. `;
        const again = document.createElement("button");
        again.type = "button";
        again.className = "link-button";
        again.textContent = "Try now";
        again.addEventListener("click", () => { place.textContent = ""; run(); });
        line.append(again);
        return;
      }
    }
  };
  run().catch(() => {});
  window.addEventListener("online", () => { place.textContent = ""; run().catch(() => {}); });
})();
