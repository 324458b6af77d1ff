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
