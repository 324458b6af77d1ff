// VERSION and SHELL stand above, put there by the server: the names of what is kept. No page with anybody's data is ever
// kept. Pages come from the network; without it, the offline page. Pushes are shown, and open their address.
"use strict";
const KEPT = `firstbell-${VERSION}`;
const OFFLINE = "/offline";
const NOT_SENT = "/offline?sending";
const STATIC = new Set(Object.values(SHELL));

self.addEventListener("install", (event) => {
  const keep = async () => {
    const cache = await caches.open(KEPT);
    await cache.addAll([OFFLINE, NOT_SENT, ...STATIC]);
    await self.skipWaiting();
  };
  event.waitUntil(keep());
});

self.addEventListener("activate", (event) => {
  const tidy = async () => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith("firstbell-") && name !== KEPT).map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(tidy());
});

const page = async (request) => {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = (await onSite(request)) || (await caches.match(request.method === "GET" ? OFFLINE : NOT_SENT, { cacheName: KEPT }));
    if (kept) return kept;
    throw error;
  }
};

// A device that keeps who is on site shows it for every page of staff that cannot be fetched: see js/on-site-keep.js.
const ON_SITE = "on-site-shell";
const ofStaff = (address) => new URL(address || "about:blank").pathname.startsWith("/staff");
const onSite = async (request) =>
  request.method === "GET" && ofStaff(request.url) ? caches.match("/on-site/offline", { cacheName: ON_SITE }) : undefined;

// Deletes the kept lists and their keys: all at sign-out, else those whose day is over.
const dropLists = (every) =>
  new Promise((resolve) => {
    const asked = indexedDB.open("firstbell-on-site", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("copies", { keyPath: "school" });
    asked.onerror = resolve;
    asked.onsuccess = () => {
      const db = asked.result;
      const work = db.transaction("copies", "readwrite");
      const rows = work.objectStore("copies").openCursor();
      rows.onsuccess = () => {
        const row = rows.result;
        if (!row) return;
        const { school, device, data, expiresAt } = row.value;
        if (data && (every || Date.now() >= expiresAt)) row.update({ school, device });
        row.continue();
      };
      work.oncomplete = work.onerror = work.onabort = () => { db.close(); resolve(); };
    };
  });
const tidyLists = async (every) => {
  if (await caches.has(ON_SITE)) await dropLists(every);
};

const file = async (request) => (await caches.match(request, { cacheName: KEPT })) || fetch(request);

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    event.respondWith(page(request));
    event.waitUntil(tidyLists(request.method === "POST" && url.pathname === "/staff/sign-out"));
  } else if (request.method === "GET" && STATIC.has(url.pathname)) event.respondWith(file(request));
  else if (request.method === "GET" && ofStaff(request.referrer) && request.destination)
    event.respondWith(fetch(request).catch(async () => (await caches.match(request, { cacheName: ON_SITE })) || Response.error()));
});

// Every push must be shown, also one that cannot be read: a browser that gets a silent one takes the permission away.
self.addEventListener("push", (event) => {
  let told = {};
  try {
    told = event.data.json().notification || {};
  } catch {
    // Shown without words of its own.
  }
  const title = told.title || "Firstbell";
  event.waitUntil(
    self.registration.showNotification(title, {
      body: told.body || "School has a message for you.",
      tag: told.tag,
      lang: told.lang || "en-GB",
      icon: SHELL["icons/logo-192.png"],
      badge: SHELL["icons/badge-96.png"],
      data: { navigate: told.navigate || "/home" },
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const wanted = new URL(event.notification.data.navigate, self.location.origin);
  const leadsTo = wanted.origin === self.location.origin ? wanted.href : new URL("/home", self.location.origin).href;
  const open = async () => {
    const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const there = windows.find((client) => client.url === leadsTo);
    if (there) return there.focus();
    // A new window, so that a form that is half filled in stays as it is.
    return self.clients.openWindow(leadsTo);
  };
  event.waitUntil(open());
});
