// The schools' numbers, as js/pwa.js kept them from the last page that was seen with signal.
(() => {
  "use strict";
  const list = document.getElementById("schools");
  let schools = [];
  try {
    schools = JSON.parse(localStorage.getItem("firstbell-schools") || "[]");
  } catch {
    return;
  }
  if (!list || !Array.isArray(schools) || !schools.length) return;
  for (const school of schools) {
    const link = document.createElement("a");
    link.className = "rows__link";
    link.href = "tel:" + String(school.phone).replace(/[^0-9+]/g, "");
    const words = document.createElement("span");
    words.className = "rows__title";
    words.textContent = school.name ? `Ring ${school.name}: ${school.phone}` : `Ring school: ${school.phone}`;
    link.append(words);
    const item = document.createElement("li");
    item.append(link);
    list.append(item);
  }
  list.hidden = false;
})();
// A device of staff that keeps who is on site leads to its list; on any other nothing is opened, and nothing made.
(() => {
  "use strict";
  const part = document.getElementById("on-site");
  const store = window.firstbellOnSite;
  if (!part || !store || !store.works()) return;
  const offer = async () => {
    if (!(await caches.has("on-site-shell"))) return;
    await store.drop(false);
    for (const { school } of await store.all()) {
      const list = await store.read(school);
      if (!list) continue;
      const link = document.createElement("a");
      link.className = "rows__link";
      link.href = `/staff/${encodeURIComponent(school)}/on-site`;
      const words = document.createElement("span");
      words.className = "rows__title";
      words.textContent = `Who is on site at ${list.school}, as of ${list.as_of}`;
      link.append(words);
      const item = document.createElement("li");
      item.append(link);
      part.querySelector("ul").append(item);
      part.hidden = false;
    }
  };
  offer().catch(() => {});
})();
