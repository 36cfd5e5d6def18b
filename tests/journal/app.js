// A journal with pictures, written as an app against the hosted service would be: a key in every
// request, a token once somebody is signed in, and a refresh whenever the answer is 401. Requests that
// run side by side refresh side by side.

const settings = new URLSearchParams(location.search);
const base = settings.get("base");
const key = settings.get("key");

const find = (selector) => document.querySelector(selector);
const show = (selector, text) => (find(selector).textContent = text);

async function call(method, path, body, isRetry = false) {
  const headers = { "X-API-Key": key, "Content-Type": "application/json" };
  const token = localStorage.getItem("accessToken");
  if (token) headers.Authorization = `Bearer ${token}`;
  const response = await fetch(base + path, { method, headers, body: body && JSON.stringify(body) });
  const answer = await response.json();
  if (response.status === 401 && localStorage.getItem("refreshToken") && !isRetry) {
    await refresh();
    return call(method, path, body, true);
  }
  if (!response.ok) throw new Error(answer.error?.message ?? answer.message);
  return answer.success && answer.data ? answer.data : answer;
}

async function refresh() {
  const response = await fetch(`${base}/v1/auth/refresh`, {
    method: "POST",
    headers: { "X-API-Key": key, "Content-Type": "application/json" },
    body: JSON.stringify({ refreshToken: localStorage.getItem("refreshToken") }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  keep(answer);
}

function keep({ accessToken, refreshToken }) {
  localStorage.setItem("accessToken", accessToken);
  localStorage.setItem("refreshToken", refreshToken);
}

async function upload(file) {
  const order = { filename: file.name, contentType: file.type, fileSize: file.size, visibility: "public" };
  const { url, key: object } = await call("POST", "/v1/files/presigned-url", order);
  const put = await fetch(url, { method: "PUT", headers: { "Content-Type": file.type }, body: file });
  if (!put.ok) throw new Error(`the upload answered ${put.status}`);
  if (!put.headers.get("ETag")) throw new Error("the page may not read the ETag");
  const entry = { s3Key: object, originalName: file.name, mimeType: file.type, size: file.size, visibility: "public" };
  await call("POST", "/v1/files", entry);
  return object;
}

async function load() {
  const query = "/v1/data/entries?sortBy=createdAt&sortDirection=asc&limit=50";
  const [list, me] = await Promise.all([
    call("GET", query),
    localStorage.getItem("accessToken") ? call("GET", "/v1/auth/me") : null,
  ]);
  show("#user", me ? me.email : "nobody");
  const items = list.items.map((entry) => {
    const item = document.createElement("li");
    item.textContent = entry.title;
    item.dataset.mine = String(me !== null && entry.createdBy === me.id);
    if (entry.picture) {
      const picture = document.createElement("img");
      picture.src = entry.picture;
      item.append(picture);
    }
    return item;
  });
  find("#entries").replaceChildren(...items);
  return `${list.pagination.total} entries`;
}

// Shows what came of an action; its number tells a watcher that it is over.
let actions = 0;
async function act(action) {
  let words;
  try {
    words = (await action()) ?? "done";
  } catch (error) {
    words = `failed: ${error.message}`;
  }
  actions += 1;
  show("#status", `${actions} ${words}`);
}

const on = (selector, event, action) =>
  find(selector).addEventListener(event, (happened) => {
    happened.preventDefault();
    act(() => action(happened));
  });

on("#account", "submit", async (event) => {
  const { email, password, name } = Object.fromEntries(new FormData(event.target));
  const how = event.submitter.value;
  keep(await call("POST", `/v1/auth/email/${how}`, { method: "password", email, password, name }));
  return load();
});

on("#signout", "click", async () => {
  await call("POST", "/v1/auth/signout");
  localStorage.clear();
  return load();
});

on("#entry", "submit", async (event) => {
  const form = event.target;
  const [file] = form.picture.files;
  const picture = file ? await upload(file) : undefined;
  await call("POST", "/v1/data/entries", { title: form.title.value, picture });
  return load();
});

on("#reload", "click", load);
act(load);
