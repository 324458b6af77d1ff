// For signed-in families' pages: registers the service worker, keeps the schools' numbers for the page without signal,
// and says so when a form cannot be sent. Works on nothing that it does not find.
(() => {
  "use strict";
  if ("serviceWorker" in navigator) {
    navigator.serviceWorker.register("/service-worker.js").catch(() => {});
  }

  const schools = Array.from(document.querySelectorAll('.ring-school a[href^="tel:"]'), (link) => {
    const phone = link.querySelector("bdi");
    const name = phone ? link.textContent.replace(phone.textContent, "").trim() : "";
    return { name, phone: phone ? phone.textContent : link.getAttribute("href").slice(4) };
  });
  if (schools.length) {
    try {
      localStorage.setItem("firstbell-schools", JSON.stringify(schools));
    } catch {
      // A browser that keeps nothing shows the page without numbers.
    }
  }

  const main = document.getElementById("main");
  let strip = null;
  const say = (words) => {
    if (!strip) {
      strip = document.createElement("p");
      strip.className = "notice notice--wait";
      strip.setAttribute("role", "status");
      main.prepend(strip);
    }
    strip.textContent = words;
  };
  const hasForm = () => main.querySelector('form[method="post"]');
  window.addEventListener("offline", () => {
    if (main && hasForm()) say("No signal. You can still fill this in.");
  });
  window.addEventListener("online", () => {
    if (strip) strip.remove();
    strip = null;
  });
  // Before js/once.js, which would take the second tap for a double one.
  document.addEventListener(
    "submit",
    (event) => {
      if (navigator.onLine || event.target.method !== "post" || !main) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const ring = schools.length === 1 ? ` If it is about today, ring ${schools[0].phone}.` : "";
      say(`No signal. Not sent to school. What you wrote is still here.${ring}`);
      strip.scrollIntoView({ block: "center" });
    },
    true,
  );
})();
