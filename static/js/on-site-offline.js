// Without a network: unlocks the list that this device keeps and shows it, with its time first. Once its day is over the
// list is deleted, also under the eyes of somebody who looks at it.
(() => {
  "use strict";
  const store = window.firstbellOnSite;
  const part = (id) => document.getElementById(id);
  const named = location.pathname.match(/^\/staff\/([^/]+)/);

  const element = (name, text, parent, className) => {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    if (className) made.className = className;
    parent.append(made);
    return made;
  };
  const names = (children, parent) => {
    const list = element("ul", "", parent, "site__list");
    for (const child of children) {
      const item = element("li", "☐ ", list);
      element("bdi", child, item);
    }
  };

  const nothing = () => {
    part("site-as-of").textContent = "No connection. This device holds no list of today.";
    part("site-how").textContent = "Use the list on paper, and take the registers with you.";
    part("site-counts").replaceChildren();
    part("site-forms").replaceChildren();
  };

  const show = (list) => {
    const sum = (what) => list.forms.reduce((all, form) => all + form[what].length, 0);
    document.title = `Who is on site as of ${list.as_of}`;
    part("site-school").textContent = list.school;
    part("site-as-of").textContent = `As of ${list.as_of}, ${list.day}. No connection: who came or left after ${list.as_of} is not on this list.`;
    part("site-how").textContent = "Tick each child at the meeting point; look for everybody in school and everybody not known.";
    const counts = part("site-counts");
    counts.replaceChildren();
    for (const [what, words] of [["here", "in school"], ["not_known", "not known"]]) {
      const item = element("li", "", counts);
      element("b", String(sum(what)), item);
      item.append(` ${words}`);
    }
    const forms = part("site-forms");
    forms.replaceChildren();
    for (const form of list.forms) {
      const section = element("section", "", forms, "panel site__form");
      const head = element("h2", `${form.name} `, section);
      element("span", `${form.here.length} in`, head, "muted");
      names(form.here, section);
      if (form.not_known.length) {
        element("h3", "Not known", section);
        names(form.not_known, section);
      }
      if (form.away.length) element("p", `Away: ${form.away.join(", ")}`, section, "muted");
    }
  };

  const look = async () => {
    let list = null;
    try {
      await store.drop(false);
      const school = named && (await store.find(named[1])) ? named[1] : ((await store.all()).find((row) => row.data) || {}).school;
      list = school ? await store.read(school) : null;
    } catch {
      list = null;
    }
    if (list) show(list);
    else nothing();
  };
  look();
  setInterval(look, 30000);
})();
