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
    const kept = await caches.match(request.method === "GET" ? OFFLINE : NOT_SENT, { cacheName: KEPT });
    if (kept) return kept;
    throw error;
  }
};

const file = async (request) => (await caches.match(request, { cacheName: KEPT })) || fetch(request);

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (request.method === "GET" && STATIC.has(url.pathname)) event.respondWith(file(request));
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
