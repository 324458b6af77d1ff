// Photos wait beside the report: chosen here, made small on the phone, kept in it, and sent after the report has gone
// (upload.js on the receipt). The report itself stays a plain form of a few hundred bytes.
(() => {
  "use strict";
  const place = document.querySelector("[data-files-for]");
  if (!place || !window.indexedDB) return;
  const MOST = 5;
  const MOST_BYTES = 10 * 1024 * 1024;
  const LONGEST_SIDE = 1600;
  const key = place.dataset.filesFor;

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

  // A phone's photo of 4 MB becomes about 200 KB; what cannot be drawn goes as it is, and school's server says so.
  const small = async (file) => {
    if (!/^image\/(jpeg|png|webp|heic|heif)$/.test(file.type)) return file;
    try {
      const picture = await createImageBitmap(file);
      const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      const paper = canvas.getContext("2d");
      paper.fillStyle = "#fff";
      paper.fillRect(0, 0, canvas.width, canvas.height);
      paper.drawImage(picture, 0, 0, canvas.width, canvas.height);
      const made = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.8));
      return made && made.size < file.size ? made : file;
    } catch {
      return file;
    }
  };

  const field = document.createElement("input");
  field.type = "file";
  field.id = "add-file";
  field.className = "govuk-file-upload";
  field.accept = "image/*,application/pdf";
  field.multiple = true;
  const label = document.createElement("label");
  label.className = "govuk-label";
  label.htmlFor = "add-file";
  label.textContent = "Add a photo or file";
  const list = document.createElement("ul");
  list.setAttribute("aria-live", "polite");
  const group = document.createElement("div");
  group.className = "govuk-form-group";
  group.append(label, field, list);
  place.append(group);

  const say = (text) => {
    const line = document.createElement("li");
    line.textContent = text;
    list.append(line);
    return line;
  };
  const remove = (line, upload) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "link-button";
    button.textContent = "Remove";
    button.addEventListener("click", async () => {
      await store("readwrite", (files) => files.delete(upload));
      line.remove();
      field.focus();
    });
    line.append(" ", button);
  };

  let kept = 0;
  field.addEventListener("change", async () => {
    for (const file of [...field.files]) {
      if (kept >= MOST) { say(`${file.name} was not added: ${MOST} files at most.`); continue; }
      const data = await small(file);
      if (data.size > MOST_BYTES) { say(`${file.name} is too big. Choose one under 10 MB.`); continue; }
      const upload = crypto.randomUUID();
      const name = data === file ? file.name : file.name.replace(/\.[^.]*$/, "") + ".jpg";
      await store("readwrite", (files) => files.put({ upload, key, name, data, at: Date.now() }));
      kept += 1;
      remove(say(`${name}, goes after the report`), upload);
    }
    field.value = "";
  });
})();
