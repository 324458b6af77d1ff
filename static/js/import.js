// An import under way: the bar moves by itself. Without this script the page has a link to look again.
(() => {
  "use strict";
  const EVERY = 1500;
  const place = document.getElementById("import-progress");
  if (!place) return;
  const { poll, state } = place.dataset;
  const part = (id) => document.getElementById(id);
  part("import-look").hidden = true;

  const look = async () => {
    const answer = await fetch(poll, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const said = await answer.json();
    if (said.state !== state) {
      location.reload();
      return;
    }
    part("import-bar").value = said.percent;
    part("import-percent").textContent = said.percent;
    part("import-words").textContent = said.words ? `: ${said.words}` : "";
    setTimeout(run, EVERY);
  };
  const run = () => look().catch(() => {
    // Signed out, or no network: the link says what is true then.
    part("import-look").hidden = false;
    setTimeout(run, EVERY * 4);
  });
  setTimeout(run, EVERY);
})();
