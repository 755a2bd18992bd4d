// The interview room's script. Every page works without it; it saves while you type, lets the clock
// run, and keeps what could not be sent. Words shown here follow those of the server's pages.

import {sender, voice as openVoice, whole} from './recorder.js';

const $ = selector => document.querySelector(selector);
const base = document.body.dataset.base ?? '';
const form = $('[data-answer-form]');
const announcer = $('#announce');

function announce(text) {
  announcer.textContent = '';
  setTimeout(() => { announcer.textContent = text; }, 50); // the same words twice are read out twice
}

// post sends a form as a browser would. It resolves to {state: 'offline'} when nothing answers.
async function post(href, fields, options = {}) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  const request = {method: 'POST', body, credentials: 'same-origin', cache: 'no-store', signal: AbortSignal.timeout?.(15_000)};
  try {
    let response;
    try {
      response = await fetch(href, {...request, ...options});
    } catch (problem) {
      if (!options.keepalive) throw problem; // keepalive bears 64 KiB only
      response = await fetch(href, request);
    }
    return await response.json();
  } catch {
    return {state: 'offline'};
  }
}

/* ---- copies on this device: a net for what has not arrived ---- */

const copies = {
  key: position => `room:${base}:${position}`,
  get(position) {
    try { return JSON.parse(localStorage.getItem(this.key(position))); } catch { return null; }
  },
  set(position, copy) {
    try { localStorage.setItem(this.key(position), JSON.stringify(copy)); } catch { /* storage is off or full */ }
  },
  drop(position) {
    try { localStorage.removeItem(this.key(position)); } catch { /* storage is off */ }
  },
  dropAll() {
    try {
      for (const key of Object.keys(localStorage)) if (key.startsWith(`room:${base}:`)) localStorage.removeItem(key);
    } catch { /* storage is off */ }
  },
};
if ('over' in document.body.dataset) copies.dropAll();

/* ---- speaking ---- */

const positionOf = action => new URL(action).pathname.split('/').pop();

const voice = form && openVoice($('[data-voice]'), {base, position: positionOf(form.action), announce});
if (voice) form.dataset.spoken = '';

// Pages without a recorder send what earlier ones could not, and say so. Those that list the answers are read anew once
// it has arrived.
const sending = $('[data-sending]');
let submitting = false;
if (sending && !voice) {
  let waited = false;
  sender.watchers.push(() => {
    const waits = sender.list.length > 0;
    sending.hidden = !waits;
    sending.querySelector('[data-sending-trouble]').hidden = !sender.trouble;
    if (waited && !waits && !form && !submitting) location.reload();
    waited = waits;
  });
  sender.load(base);
}

/* ---- saving ---- */

const saver = form && (() => {
  const area = $('#answer');
  const state = $('[data-save-state]');
  const count = $('[data-count]');
  const most = Number(form.dataset.max);
  const position = positionOf(form.action);
  const same = text => text.replaceAll('\r\n', '\n');
  const seconds = 1000;

  let page = form.dataset.page;
  let revision = 1;
  let kept = 'conflict' in form.dataset ? null : same(area.defaultValue); // what the server has; null: something else
  let savedAt = 'saved' in form.dataset ? 0 : null; // 0: by an earlier page
  let sending = null; // the save under way
  let quiet, latest, retry, busy = false, failures = 0, stale = false, closed = false, untouched = kept === null;

  const length = text => [...text].length;
  const dirty = () => !untouched && same(area.value) !== kept;
  const tooLong = () => length(same(area.value)) > most;

  function say(text, tone = '') {
    if (state.textContent !== text) state.textContent = text;
    state.dataset.tone = tone;
  }

  function describe() {
    const n = length(same(area.value));
    count.textContent = `${n.toLocaleString('en')} of ${most.toLocaleString('en')} characters`;
    count.classList.toggle('problem', n > most);
    if (!leaving && !dirty() && !sender.list.length) tell(form, '');
    if (closed) return;
    if (stale) say('Not saved here: open in another tab', 'fair');
    else if (n > most) say(`Not saved: ${(n - most).toLocaleString('en')} characters too many`, 'weak');
    else if (failures) say(busy ? 'Not saved yet: the server is busy, we keep trying' : 'Not saved: no connection, we keep trying', 'weak');
    else if (sending || dirty()) say('Saving…');
    else if (savedAt) say(`Saved · ${ago(Date.now() - savedAt)}`);
    else say(savedAt === 0 ? 'Saved' : 'Saved as you type');
  }

  function ago(ms) {
    const s = Math.round(ms / seconds);
    if (s < 5) return 'now';
    if (s < 60) return `${s - s % 5} s ago`; // five at a time: a ticking line is no company
    if (s < 3600) return `${Math.floor(s / 60)} min ago`;
    return `${Math.floor(s / 3600)} h ago`;
  }

  // save sends what is there and resolves to whether it is kept. One is under way at a time.
  async function save({take = false, keepalive = false} = {}) {
    while (sending) await sending;
    if (closed || stale && !take) return false;
    if (!dirty() && !take) { failures = 0; return true; }
    if (tooLong()) { describe(); return false; }
    clearTimeout(quiet); clearTimeout(latest); clearTimeout(retry);
    quiet = latest = retry = undefined;
    const text = same(area.value);
    const fields = {answer: text, page, revision: ++revision};
    if (take) fields.take = 'yes';
    const work = post(form.dataset.save, fields, {keepalive});
    sending = work.then(() => {});
    describe();
    const answer = await work;
    sending = null;
    switch (answer.state) {
      case 'saved':
        if (failures) announce('Saved again.');
        failures = 0;
        kept = text; savedAt = Date.now(); page = String(answer.page);
        form.elements.page.value = page;
        if (take) { stale = false; $('[data-elsewhere]').hidden = true; }
        if (dirty()) typed(); else copies.drop(position);
        if (answer.remaining !== undefined) clock?.set(answer.remaining);
        break;
      case 'elsewhere':
        stale = true;
        $('[data-elsewhere]').hidden = false;
        announce('This question is open in another tab, which saves now. What you type here is not saved.');
        break;
      case 'over':
        closed = true;
        say('The interview is over');
        copies.dropAll();
        location.replace(answer.href);
        return false;
      case 'gone':
        closed = true;
        location.replace(base);
        return false;
      case 'long':
        break;
      default: // offline or busy
        busy = answer.state === 'busy';
        if (!failures) announce('Not saved: no connection. What you type stays on this device, and we keep trying.');
        failures++;
        retry = setTimeout(() => save(), Math.min(15, 2 ** failures) * seconds);
    }
    describe();
    return answer.state === 'saved';
  }

  function typed() {
    if (closed) return;
    untouched = false;
    if (!stale) {
      if (dirty()) copies.set(position, {text: same(area.value), base: kept, at: Date.now()});
      else copies.drop(position);
      clearTimeout(quiet);
      quiet = setTimeout(() => save(), 0.8 * seconds);
      latest ??= setTimeout(() => save(), 8 * seconds);
    }
    describe();
  }

  area.setSelectionRange(area.value.length, area.value.length); // who comes back goes on at the end
  area.addEventListener('input', typed);
  area.addEventListener('blur', () => save());
  addEventListener('online', () => { if (failures) save(); });
  addEventListener('visibilitychange', () => { if (document.hidden) save({keepalive: true}); });
  addEventListener('pagehide', () => {
    if (closed || stale || leaving || !dirty() || tooLong()) return;
    const body = new FormData();
    for (const [name, value] of Object.entries({answer: same(area.value), page, revision: ++revision})) body.append(name, value);
    navigator.sendBeacon(form.dataset.save, body);
  });
  setInterval(describe, 1 * seconds);

  // Next, Back and Complete later save first, so that a broken connection leaves you here with your text.
  let leaving = false;
  form.addEventListener('submit', async event => {
    event.preventDefault();
    if (leaving) return;
    const go = event.submitter?.value ?? 'next';
    leaving = true;
    untouched = false;
    tell(form, '');
    form.setAttribute('aria-busy', 'true');
    const written = await save();
    const done = written && (!voice || await voice.settle());
    if (!done) {
      leaving = false;
      form.removeAttribute('aria-busy');
      if (!written) area.focus();
      tell(form, 'You are still at this question, because not everything is saved yet. See above what is in the way, then go on.');
      return;
    }
    const field = document.createElement('input');
    Object.assign(field, {type: 'hidden', name: 'go', value: go});
    form.append(field);
    form.elements.revision.value = ++revision;
    form.submit();
  });

  $('[data-take]')?.addEventListener('click', async () => {
    untouched = false;
    if (await save({take: true})) area.focus();
  });

  // What an earlier page could not send.
  const copy = copies.get(position);
  const found = $('[data-copy-found]');
  const use = () => {
    area.value = copy.text;
    area.setSelectionRange(copy.text.length, copy.text.length);
    found.hidden = true;
    typed();
    announce('The text from this device is back.');
  };
  if (copy && kept !== null) {
    if (copy.text === kept) copies.drop(position);
    else if (copy.base === kept) use(); // nobody wrote anything else since
    else found.hidden = false;
    $('[data-copy-use]').addEventListener('click', () => { use(); area.focus(); });
    $('[data-copy-drop]').addEventListener('click', () => { copies.drop(position); found.hidden = true; area.focus(); });
  }
  if (dirty()) typed(); // before this script was there
  describe();

  return {
    // finish takes the pen away and sends the last words.
    async finish() {
      area.readOnly = true;
      for (const button of form.querySelectorAll('button')) button.disabled = true;
      await Promise.all([voice?.stop(), dirty() && save()]);
      say('Time is over. Handing in what you answered…');
      closed = true;
    },
  };
})();

/* ---- the clock ---- */

const clock = (() => {
  const element = $('[data-clock]');
  if (!element) return null;
  let end, ended = false;
  const warnings = [[300, '5 minutes left.'], [60, '1 minute left.']];

  function set(remaining) { end = Date.now() + remaining; }

  function tick() {
    if (ended) return;
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    const pad = n => String(n).padStart(2, '0');
    const [h, m, s] = [Math.floor(left / 3600), Math.floor(left / 60), left % 60];
    element.textContent = h ? `${h}:${pad(m % 60)}:${pad(s)}` : `${m}:${pad(s)}`;
    element.parentElement.dataset.low = left <= 60 ? 'very' : left <= 300 ? 'yes' : '';
    while (warnings.length && left <= warnings[0][0]) {
      const [at, words] = warnings.shift();
      if (left > at - 5) announce(words); // a page opened later starts with less, and shows it
    }
    if (left === 0) over();
  }

  async function over() {
    ended = true;
    await Promise.race([saver?.finish(), new Promise(done => setTimeout(done, 2500))]);
    announce('Your time is over. Handing in what you answered.');
    for (;;) {
      const answer = await post(element.dataset.timeHref, {});
      if (answer.state === 'over') {
        copies.dropAll();
        location.replace(answer.href);
        return;
      }
      if (answer.state === 'running') set(answer.remaining); // the server's clock counts
      const wait = answer.state === 'running' ? Math.max(200, answer.remaining) : 3000;
      await new Promise(done => setTimeout(done, wait));
    }
  }

  set(Number(element.dataset.remaining));
  tick();
  setInterval(tick, 250);
  return {set};
})();

/* ---- small things ---- */

// A page out of the back-forward cache shows old answers and an old clock.
addEventListener('pageshow', event => { if (event.persisted) location.reload(); });

for (const other of document.querySelectorAll('[data-room-form]')) {
  let sent = false;
  other.addEventListener('submit', event => {
    if (!navigator.onLine) {
      event.preventDefault();
      tell(other, 'You are not connected to the internet. Nothing was sent; try again when you are.');
    } else if (sent) {
      event.preventDefault();
    } else if (sender.list.length) {
      event.preventDefault();
      tell(other, 'A recording is still being sent. As soon as it has arrived, your answers are submitted.');
      const before = sender.done.length;
      submitting = true;
      sender.settled().then(through => {
        if (through && sender.done.slice(before).every(whole)) {
          other.requestSubmit(event.submitter);
          return;
        }
        submitting = false;
        if (!through) tell(other, 'A recording could not be sent yet. We keep trying; submit again in a moment.');
        else tell(other, 'A recording could not be kept whole. Look over your answers, then submit.');
      });
    } else {
      sent = true;
      other.setAttribute('aria-busy', 'true');
    }
  });
}

// tell says something below the buttons of a form; '' takes it back.
function tell(other, text) {
  let note = other.querySelector('[data-told]');
  if (!text) {
    note?.remove();
    return;
  }
  if (!note) {
    note = document.createElement('p');
    note.className = 'problem';
    note.setAttribute('role', 'alert');
    note.dataset.told = '';
    (other.querySelector('.room-foot') ?? other.lastElementChild).after(note);
  }
  note.textContent = text;
}

for (const element of document.querySelectorAll('[data-local-time]')) {
  const at = new Date(element.dateTime);
  element.textContent = at.toLocaleTimeString(undefined, {hour: '2-digit', minute: '2-digit'});
  element.title = at.toLocaleString();
}

for (const button of document.querySelectorAll('[data-copy]')) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  const label = button.querySelector('span');
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      label.textContent = 'Copied';
      announce('Copied');
    } catch {
      $('[data-select]')?.select();
    }
  });
}
$('[data-select]')?.addEventListener('focus', event => event.target.select());
$('.error-summary')?.focus();
