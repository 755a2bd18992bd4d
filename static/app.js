// Greenroom's own script. Every page works without it: it makes pages live and saves steps.
// Elements say what they want with data attributes; nothing here knows a page.

const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const page = document.body;

/* ---- live: one stream a page; the server sends names ("candidates 41"), we fetch the HTML ---- */

const heard = new Set();
let stream, quietTimer, hideTimer, wasLive = false;

function connect() {
  if (!page.dataset.events || stream) return;
  // The page's address of the stream says how old the page is, so that nothing is lost in between; that counts once.
  stream = new EventSource(wasLive ? page.dataset.events.split('?')[0] : page.dataset.events);
  stream.addEventListener('open', () => {
    show('live');
    if (wasLive) refresh(() => true); // what we missed while away
    wasLive = true;
  });
  stream.addEventListener('error', () => {
    show(navigator.onLine ? 'reconnecting' : 'offline');
    if (stream.readyState === EventSource.CLOSED) { // the server refused: try again, slowly
      stream = undefined;
      setTimeout(connect, 5000);
    }
  });
  stream.addEventListener('missed', () => setTimeout(refresh, 100, () => true));
  stream.addEventListener('change', event => {
    heard.add(event.data.trim());
    quietTimer ??= setTimeout(() => { // a burst costs one fetch
      quietTimer = undefined;
      const changes = [...heard];
      heard.clear();
      refresh(element => changes.some(change => listens(element.dataset.live, change)));
    }, 100);
  });
}

function listens(topics, change) {
  const [topic, id] = change.split(' ');
  return topics.split(/\s+/).some(wanted => wanted === topic || wanted === `${topic}:${id}`);
}

function refresh(concerns) {
  const stale = $$('[data-live]').filter(concerns);
  for (const element of stale) element.dataset.stale = '';
  fetchParts(stale);
}

// Parts that are read from one address are read at once: the first of the page asks for all of them, so that a later
// request replaces an earlier one, whichever parts they are for. What of the answer is put in is decided when it comes.
function fetchParts(elements) {
  const address = element => element.getAttribute('hx-get');
  for (const wanted of new Set(elements.filter(e => !inUse(e)).map(address))) {
    const [first, ...others] = $$('[data-live]').filter(e => address(e) === wanted);
    first.setAttribute('hx-select-oob', others.map(e => `#${CSS.escape(e.id)}:outerMorph`).join(','));
    first.dispatchEvent(new CustomEvent('live'));
  }
}

// Somebody may have begun to type since the parts were asked for. A part that is put in is not stale: the new one says so.
document.addEventListener('htmx:before:swap', ({detail: {ctx, tasks}}) => {
  if (!ctx.sourceElement?.matches('[data-live]')) return;
  const keep = tasks.filter(({target}) => target?.matches?.('[data-stale]') && !inUse(target));
  tasks.splice(0, tasks.length, ...keep);
});

// Nothing is pulled from under the hand: a part in which somebody types, has a menu open, or has filled in what is not
// sent yet, waits.
function inUse(element) {
  const active = document.activeElement;
  return (active !== element && element.contains(active) && active.matches('input:not([type=checkbox], [type=radio]), textarea, select'))
    || element.querySelector('.menu[open], dialog[open]')
    || [...dirty].some(form => form.isConnected && [...form.elements].some(field => element.contains(field)));
}

// What waited is fetched when the hand is off it; what is on its way already is not asked for again.
function catchUp() {
  setTimeout(() => {
    const coming = $$('[data-live].htmx-request').map(e => e.getAttribute('hx-get'));
    fetchParts($$('[data-stale]').filter(e => !coming.includes(e.getAttribute('hx-get'))));
  }, 50);
}
document.addEventListener('focusout', catchUp);
document.addEventListener('close', catchUp, true);

function show(state) {
  const words = {live: 'Live', reconnecting: 'Reconnecting', offline: 'Offline'};
  for (const element of $$('[data-live-state]')) {
    element.hidden = false;
    element.dataset.state = state;
    element.firstElementChild.textContent = words[state];
  }
}

addEventListener('offline', () => show('offline'));
addEventListener('online', () => show(stream?.readyState === EventSource.OPEN ? 'live' : 'reconnecting'));
addEventListener('pagehide', () => { stream?.close(); stream = undefined; });
addEventListener('pageshow', event => { if (event.persisted) connect(); });
// A tab left in the background gives its connection back: browsers allow few to one address.
document.addEventListener('visibilitychange', () => {
  clearTimeout(hideTimer);
  if (document.hidden) hideTimer = setTimeout(() => { stream?.close(); stream = undefined; }, 60_000);
  else connect();
});

/* ---- swaps: keep folds open, let changed rows glow, tell of failures ---- */

let before = new Map(), open = [];
document.addEventListener('htmx:before:swap', () => {
  before = new Map($$('[id][data-stamp]').map(e => [e.id, e.dataset.stamp]));
  open = $$('details[open][id]:not(.menu)').map(e => e.id);
});
document.addEventListener('htmx:after:swap', () => {
  open.forEach(id => document.getElementById(id)?.setAttribute('open', ''));
  for (const element of $$('[id][data-stamp]')) {
    if (!before.size || before.get(element.id) === element.dataset.stamp) continue;
    element.classList.remove('changed');
    void element.offsetWidth; // restarts the animation
    element.classList.add('changed');
  }
  enhance();
});
document.addEventListener('htmx:response:error', ({detail: {ctx}}) => {
  const part = ctx.sourceElement?.closest('[data-live]')?.getAttribute('hx-get');
  if (ctx.response.status === 404 && part?.split('?')[0] === location.pathname) location.reload(); // what this page is of was deleted
  if (ctx.response.status === 422 || ctx.sourceElement?.matches('[data-live]')) return;
  const said = new DOMParser().parseFromString(ctx.text ?? '', 'text/html').querySelector('[data-message]');
  flash('weak', said?.textContent.trim() || 'That did not work. Nothing was changed. Try again in a moment.');
});
document.addEventListener('htmx:error', ({detail: {ctx}}) => {
  if (!ctx?.sourceElement?.matches('[data-live]')) flash('weak', 'Greenroom did not answer. Check your connection and try again.');
});

function flash(tone, text) {
  const list = document.getElementById('flashes');
  if (!list) return;
  const item = make('div', {className: 'flash'}, make('div', {textContent: text}), dismissal());
  item.dataset.tone = tone;
  item.dataset.flash = '';
  delete list.dataset.settled;
  list.replaceChildren(item);
  list.scrollIntoView({block: 'nearest'});
}

function dismissal() { return make('button', {type: 'button', textContent: '×', ariaLabel: 'Dismiss'}); }

// Messages stay in view while people scroll: until they are dismissed, or, where they only confirm, were there to read.
function settleFlashes() {
  const list = document.getElementById('flashes');
  for (const item of $$('#flashes > [data-flash]:not(:has(> button))')) item.append(dismissal());
  if (list?.firstElementChild && !list.querySelector('form, a, :scope > :not([data-tone=strong])')) {
    setTimeout(() => { list.dataset.settled = ''; }, 10_000);
  }
}

function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/* ---- clicks ---- */

document.addEventListener('click', event => {
  const on = selector => event.target.closest?.(selector);
  let hit;
  for (const menu of $$('details.menu[open], details.drawer[open]')) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  if ((hit = on('[data-dialog]'))) {
    const dialog = document.getElementById(hit.dataset.dialog);
    if (dialog && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      hit.closest('details.menu')?.removeAttribute('open');
      dialog.showModal();
    }
  } else if ((hit = on('[data-dialog-close]'))) {
    event.preventDefault();
    hit.closest('dialog')?.close();
  } else if (event.target.matches?.('dialog.dialog')) {
    event.target.close(); // the backdrop
  } else if ((hit = on('[data-copy]'))) {
    copy(hit);
  } else if ((hit = on('[data-speed]'))) {
    setSpeed(hit.dataset.speed);
  } else if ((hit = on('[data-listen-again]'))) {
    listenAgain(hit.closest('[data-player]'));
  } else if ((hit = on('[data-flash] > button'))) {
    hit.parentElement.remove();
  } else if ((hit = on('.error-summary a[href^="#"]'))) {
    const field = document.getElementById(hit.hash.slice(1));
    if (field) {
      event.preventDefault();
      (field.matches('input, select, textarea') ? field : field.querySelector('input, select, textarea') ?? field).focus();
    }
  } else if ((hit = on('[data-repeat-add]'))) {
    event.preventDefault();
    addRow(hit.closest('[data-repeat]'));
  } else if ((hit = on('[data-repeat-remove]'))) {
    event.preventDefault();
    removeRow(hit);
  }
});

document.addEventListener('keydown', event => {
  if (event.key !== 'Escape') return;
  const menu = event.target.closest?.('details[open]:is(.menu, .drawer)');
  if (menu) { menu.open = false; menu.querySelector('summary').focus(); }
});
document.addEventListener('toggle', event => { if (event.target.matches?.('.menu') && !event.target.open) catchUp(); }, true);

async function copy(button) {
  const text = button.dataset.copy;
  try {
    await navigator.clipboard.writeText(text);
  } catch { // plain http on another machine has no clipboard: take the old way
    const area = make('textarea', {value: text, className: 'sr-only'});
    button.after(area);
    area.select();
    document.execCommand('copy');
    area.remove();
    button.focus();
  }
  const label = button.querySelector('[data-copy-label]') ?? button;
  label.dataset.was ??= label.textContent;
  label.textContent = 'Copied';
  announce('Copied');
  setTimeout(() => { label.textContent = label.dataset.was; }, 2000);
}

function announce(text) {
  const region = document.getElementById('announce');
  if (region) { region.textContent = ''; setTimeout(() => { region.textContent = text; }, 50); }
}

/* ---- confirmations: <form data-confirm="Delete this question?" data-confirm-label="Delete"> ---- */

function ask(text, label) {
  return new Promise(resolve => {
    const cancel = make('button', {type: 'button', className: 'btn', textContent: 'Keep it', autofocus: true});
    cancel.dataset.variant = 'secondary';
    const go = make('button', {type: 'button', className: 'btn', textContent: label || 'Go on'});
    go.dataset.variant = 'danger';
    const heading = make('h2', {textContent: text, id: 'ask-title'});
    const dialog = make('dialog', {className: 'dialog'}, make('div', {}, make('header', {}, heading), make('footer', {}, cancel, go)));
    dialog.setAttribute('aria-labelledby', 'ask-title');
    let answer = false;
    cancel.onclick = () => dialog.close();
    go.onclick = () => { answer = true; dialog.close(); };
    dialog.onclose = () => { dialog.remove(); resolve(answer); };
    page.append(dialog);
    dialog.showModal();
  });
}

document.addEventListener('htmx:confirm', event => {
  event.preventDefault();
  const {ctx, issueRequest, dropRequest} = event.detail;
  ask(ctx.confirm, ctx.sourceElement.dataset.confirmLabel).then(yes => yes ? issueRequest() : dropRequest());
});

const agreed = new WeakSet(), dirty = new Set();
document.addEventListener('submit', event => {
  const form = event.target;
  const asks = event.submitter?.dataset.confirm !== undefined ? event.submitter : form;
  if (asks.dataset.confirm && !agreed.delete(form)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(asks.dataset.confirm, asks.dataset.confirmLabel).then(yes => {
      if (yes) { agreed.add(form); form.requestSubmit(event.submitter); }
    });
    return;
  }
  if (form.matches('[data-theme-form]')) {
    event.preventDefault();
    setTheme(event.submitter.value);
  }
  dirty.delete(form);
}, true);

/* ---- forms ---- */

document.addEventListener('input', event => {
  const form = event.target.form;
  if (form?.matches('[data-guard]')) dirty.add(form);
});
document.addEventListener('reset', event => dirty.delete(event.target));
addEventListener('beforeunload', event => {
  if ([...dirty].some(form => form.isConnected)) event.preventDefault();
});
document.addEventListener('change', event => {
  const form = event.target.form;
  if (form?.matches('[data-autosubmit]') && event.target.matches('select, [type=checkbox], [type=radio]')) form.requestSubmit();
});

function setTheme(theme) {
  const age = theme ? 31536000 : 0;
  document.cookie = `theme=${theme}; Path=/; Max-Age=${age}; SameSite=Lax`;
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  for (const button of $$('[data-theme-form] button')) button.ariaPressed = String(button.value === theme);
}

function addRow(box) {
  const list = box.querySelector('[data-repeat-list]');
  const serial = (box.dataset.serial = String(+(box.dataset.serial ?? list.children.length) + 1));
  list.insertAdjacentHTML('beforeend', box.querySelector('template').innerHTML.replaceAll('__n__', serial));
  enhance();
  list.lastElementChild.querySelector('input, select, textarea')?.focus();
  box.dispatchEvent(new Event('input', {bubbles: true}));
}

function removeRow(button) {
  const box = button.closest('[data-repeat]'), row = button.closest('[data-repeat-item]');
  const next = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  (next?.querySelector('input, select, textarea') ?? box.querySelector('[data-repeat-add]'))?.focus();
  const form = box.closest('form');
  if (form?.matches('[data-guard]')) dirty.add(form);
}

// A comma separated text field becomes chips; the field itself stays and is what gets sent.
function tagInput(field) {
  const split = text => text.split(/[,\n;]/).map(word => word.trim()).filter(Boolean);
  let words = split(field.value);
  const entry = make('input', {type: 'text', id: field.id, autocomplete: 'off'});
  for (const name of ['aria-describedby', 'aria-invalid', 'list', 'placeholder']) {
    if (field.hasAttribute(name)) entry.setAttribute(name, field.getAttribute(name));
  }
  const box = make('div', {className: 'tags'}, entry);
  field.id += '-value';
  field.type = 'hidden';
  field.after(box);
  field.parentElement.setAttribute('hx-morph-skip', '');

  const draw = () => {
    field.value = words.join(', ');
    $$('.tag', box).forEach(e => e.remove());
    words.forEach((word, at) => {
      const remove = make('button', {type: 'button', textContent: '×', ariaLabel: `Remove ${word}`, onclick: () => {
        words.splice(at, 1);
        change();
        entry.focus();
      }});
      entry.before(make('span', {className: 'tag'}, word, remove));
    });
  };
  const change = () => {
    draw();
    field.dispatchEvent(new Event('input', {bubbles: true}));
  };
  const take = () => {
    for (const word of split(entry.value)) {
      if (!words.some(known => known.toLowerCase() === word.toLowerCase())) words.push(word);
    }
    if (entry.value) { entry.value = ''; change(); }
  };
  entry.addEventListener('keydown', event => {
    if (event.key === 'Enter' && entry.value.trim()) { event.preventDefault(); take(); }
    if (event.key === 'Backspace' && !entry.value && words.length) { words.pop(); change(); }
  });
  entry.addEventListener('input', () => { if (/[,\n;]/.test(entry.value)) take(); });
  entry.addEventListener('change', take);
  entry.addEventListener('blur', take);
  box.addEventListener('click', event => { if (event.target === box) entry.focus(); });
  field.form?.addEventListener('reset', () => setTimeout(() => { words = split(field.defaultValue); draw(); }));
  draw();
}

/* ---- listening: one player at a time, at one speed, and words for one that fails ---- */

function setSpeed(speed) {
  sessionStorage.setItem('speed', speed);
  $$('[data-player]').forEach(keepSpeed);
}

// A player begins at the speed that was chosen last; browsers go back to the default with every load.
function keepSpeed(player) {
  const speed = sessionStorage.getItem('speed') ?? '1', audio = player.querySelector('audio');
  audio.defaultPlaybackRate = audio.playbackRate = Number(speed);
  player.querySelector('[data-speeds]').hidden = false;
  for (const button of $$('[data-speed]', player)) button.ariaPressed = String(button.dataset.speed === speed);
}

document.addEventListener('play', event => {
  for (const audio of $$('[data-player] audio')) if (audio !== event.target) audio.pause();
}, true);

// A player only knows that it failed. Why, the server says to those who ask for the first byte.
document.addEventListener('error', async event => {
  const audio = event.target, player = audio.closest?.('[data-player]');
  if (!player || audio.localName !== 'audio') return;
  const trouble = player.querySelector('[data-trouble]');
  let said = 'Greenroom did not answer. Check your connection and try again.';
  try {
    const answer = await fetch(audio.src, {headers: {Range: 'bytes=0-0'}});
    if (answer.redirected) said = 'You are signed out. Load the page again to sign in.';
    else if (!answer.ok) said = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('[data-message]')?.textContent.trim() || 'The recording could not be loaded. Try again in a moment.';
    else if (audio.error?.code === MediaError.MEDIA_ERR_NETWORK) said = 'The connection broke. Listen again from there on.';
    else said = 'Your browser can’t play this recording. Try another browser.';
  } catch { /* nobody answered */ }
  trouble.firstElementChild.textContent = said;
  trouble.hidden = false;
}, true);

function listenAgain(player) {
  const audio = player.querySelector('audio'), from = audio.currentTime;
  player.querySelector('[data-trouble]').hidden = true;
  audio.load();
  audio.currentTime = from;
  audio.play().catch(() => {}); // what is wrong, the error event tells
  audio.focus();
}

/* ---- times: the same words as ui.Relative on the server ---- */

function relative(then, now) {
  const seconds = Math.round((now - then) / 1000), ago = seconds >= 0, s = Math.abs(seconds);
  const say = words => ago ? `${words} ago` : `in ${words}`;
  if (s < 45) return ago ? 'now' : 'in a moment';
  if (s < 3600) return say(`${Math.max(1, Math.round(s / 60))} min`);
  if (s < 86400) return say(`${Math.round(s / 3600)} h`);
  const days = Math.round(s / 86400);
  if (days < 7) return say(days === 1 ? '1 day' : `${days} days`);
  return then.toLocaleDateString('en-GB', {day: 'numeric', month: 'short', ...(then.getFullYear() !== now.getFullYear() && {year: 'numeric'})}).replace('Sept', 'Sep');
}

function tellTimes() {
  const now = new Date();
  for (const element of $$('time[data-relative]')) {
    const then = new Date(element.dateTime);
    if (isNaN(then)) continue;
    element.textContent = relative(then, now);
    element.title = then.toLocaleString(undefined, {dateStyle: 'long', timeStyle: 'short'});
  }
}

/* ---- what a fresh or swapped part of the page needs ---- */

function enhance() {
  for (const field of $$('input[data-tags]:not([type=hidden])')) tagInput(field);
  for (const player of $$('[data-player]:has([data-speeds][hidden])')) keepSpeed(player);
  for (const dialog of $$('dialog[data-open]:not([open])')) { delete dialog.dataset.open; dialog.showModal(); }
  const summary = document.querySelector('.error-summary:not([data-seen])');
  if (summary) {
    summary.dataset.seen = '';
    summary.focus();
    const form = summary.closest('form[data-guard]');
    if (form) dirty.add(form); // what was refused is still to be sent
  }
  tellTimes();
}

// Going to the part of the page that the address names takes the focus away again; an opened form, and one that came back,
// has both.
if (location.hash) addEventListener('load', () => requestAnimationFrame(() => setTimeout(() => {
  if (document.activeElement === page) document.querySelector('.error-summary, [autofocus]')?.focus({preventScroll: true});
})));
for (const tab of $$('.tabs [aria-current=page]')) { // on a small screen the current one may be out of sight
  const row = tab.closest('.tabs');
  row.scrollLeft += Math.max(0, tab.getBoundingClientRect().right - row.getBoundingClientRect().right);
}
enhance();
settleFlashes();
connect();
setInterval(tellTimes, 30_000);
