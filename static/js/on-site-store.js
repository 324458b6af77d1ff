// The list of who is on site, kept on this device until midnight. What lies in the browser's store is encrypted with a
// key made here for one day, which no script can read out. The device's name outlives the list; nothing else does.
(() => {
  "use strict";
  const NAME = "firstbell-on-site";
  const STORE = "copies";

  const open = () => new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "school" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });

  const act = async (mode, deed) => {
    const db = await open();
    try {
      return await new Promise((resolve, reject) => {
        const work = db.transaction(STORE, mode);
        const asked = deed(work.objectStore(STORE));
        work.oncomplete = () => resolve(asked.result);
        work.onerror = work.onabort = () => reject(work.error);
      });
    } finally {
      db.close();
    }
  };

  const find = (school) => act("readonly", (store) => store.get(school));
  const all = () => act("readonly", (store) => store.getAll());
  const put = (row) => act("readwrite", (store) => store.put(row));
  const forget = (school) => act("readwrite", (store) => store.delete(school));
  const emptied = (row) => ({ school: row.school, device: row.device });
  // A clock that was put back makes a list no younger.
  const isOver = (row, now) => row.data && (now >= row.expiresAt || now < row.savedAt - 60000);

  // Deletes lists and keys: all of them, or those whose day is over.
  const drop = async (every) => {
    const now = Date.now();
    for (const row of await all()) if (row.data && (every || isOver(row, now))) await put(emptied(row));
  };

  const enrol = (school, device) => put({ school, device });

  // list: what the server sends, with the seconds until midnight.
  const keep = async (school, list) => {
    const row = await find(school);
    if (!row) return;
    const now = Date.now();
    const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new TextEncoder().encode(JSON.stringify(list)));
    await put({ ...emptied(row), key, iv, data, savedAt: now, expiresAt: now + list.seconds * 1000 });
  };

  // The list of a school, or null where none is kept or its day is over.
  const read = async (school) => {
    const row = await find(school);
    if (!row || !row.data) return null;
    if (isOver(row, Date.now())) {
      await drop(false);
      return null;
    }
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: row.iv }, row.key, row.data);
    return JSON.parse(new TextDecoder().decode(plain));
  };

  const works = () => Boolean(window.crypto && crypto.subtle && window.indexedDB && window.caches && "serviceWorker" in navigator);
  window.firstbellOnSite = { works, find, all, enrol, keep, read, forget, drop };
})();
