// Shows a notice when there is no connection. It keeps that notice and what the notice
// consists of, and nothing else: no page, no picture and no result of anybody.

const CACHE = "offline-1";
const NOTICE = "/offline/";

self.addEventListener("install", (event) => event.waitUntil(keepNotice()));
self.addEventListener("activate", (event) => event.waitUntil(forgetOthers()));
self.addEventListener("fetch", (event) => {
  if (event.request.mode === "navigate") event.respondWith(page(event.request));
  else if (isPart(event.request)) event.respondWith(part(event.request));
});

// Pictures go their own way: one that the site sends on to a store of pictures would be refused
// here, as what a service worker fetches is no image to the content security policy.
function isPart(request) {
  const { origin, pathname } = new URL(request.url);
  return request.method === "GET" && origin === location.origin && pathname.startsWith("/static/");
}

async function keepNotice() {
  const cache = await caches.open(CACHE);
  const notice = await fetch(NOTICE, { credentials: "omit" });
  const text = await notice.clone().text();
  const parts = [...text.matchAll(/(?:href|src)="(\/static\/[^"#]+)/g)].map((found) => found[1]);
  await cache.put(NOTICE, notice);
  await cache.addAll([...new Set(parts)]);
  await self.skipWaiting();
}

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function page(request) {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(NOTICE)) ?? Response.error();
  }
}

async function part(request) {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(request)) ?? Response.error();
  }
}
