// Speaking an answer in the interview room. What the browser records comes in parts of a few seconds; each is put
// aside on this device, sent, and forgotten once the server has it, so that a broken connection, a closed page or a
// restarted server costs nothing that was said.

const second = 1000;
const day = 24 * 60 * 60 * second;
const slice = 3 * second; // a crash of the browser loses no more
const partMost = 4 * 2 ** 20; // bytes; some browsers hand out a whole answer at once
const patience = 15 * second; // for an answer, and
const slowest = 20; // bytes a millisecond, on the way there

/* ---- what has not arrived, put aside on this device ---- */

const shelf = (() => {
  let opening;
  const open = () => opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open('room', 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore('recordings', {keyPath: 'id'});
      request.result.createObjectStore('parts', {keyPath: ['recording', 'part']});
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

  // run is quiet: without storage, what is in memory has to do.
  async function run(name, mode, work) {
    try {
      const transaction = (await open()).transaction(name, mode);
      const request = work(transaction.objectStore(name));
      return await new Promise((resolve, reject) => {
        transaction.oncomplete = () => resolve(request.result);
        transaction.onerror = transaction.onabort = () => reject(transaction.error);
      });
    } catch {
      return undefined;
    }
  }

  const partsOf = id => IDBKeyRange.bound([id, 0], [id, Infinity]);
  return {
    put: recording => run('recordings', 'readwrite', store => store.put(recording)),
    putPart: (recording, part, data) => run('parts', 'readwrite', store => store.put({recording, part, data})),
    dropPart: (recording, part) => run('parts', 'readwrite', store => store.delete([recording, part])),
    async drop(id) {
      await run('recordings', 'readwrite', store => store.delete(id));
      await run('parts', 'readwrite', store => store.delete(partsOf(id)));
    },
    // ids are of what belongs to a place. What another one has not asked for in a day is forgotten: nobody takes it now.
    async ids(base) {
      const all = await run('recordings', 'readonly', store => store.getAll()) ?? [];
      for (const one of all) if (one.base !== base && Date.now() - one.at > day) this.drop(one.id);
      return all.filter(one => one.base === base).map(one => one.id);
    },
    async get(id) {
      const recording = await run('recordings', 'readonly', store => store.get(id));
      return recording && {...recording, parts: await run('parts', 'readonly', store => store.getAll(partsOf(id))) ?? []};
    },
  };
})();

/* ---- sending ---- */

// call resolves to the server's answer, {state: 'offline'} when nothing answers.
async function call(method, href, body, headers = {}) {
  try {
    const request = {method, body, headers, credentials: 'same-origin', cache: 'no-store', signal: AbortSignal.timeout?.(patience + (body?.byteLength ?? 0) / slowest)};
    return await (await fetch(href, request)).json();
  } catch {
    return {state: 'offline'};
  }
}

async function digest(data) {
  const sum = new Uint8Array(await crypto.subtle.digest('SHA-256', data));
  return `sha-256=:${btoa(String.fromCharCode(...sum))}:`;
}

// claim waits until no other tab works on a recording, and resolves to what lets others have it again.
async function claim(id) {
  if (!navigator.locks) return () => {};
  return new Promise(resolve => {
    navigator.locks.request(`room:recording:${id}`, () => new Promise(release => resolve(release))).catch(() => resolve(() => {}));
  });
}

// A recording on its way: id, base and position say where it belongs, at is when it was begun by this device's clock,
// parts holds what has not arrived by number, count is how many there were so far, ended is whether no more will come,
// cut that its end never came, claimed is as claim gives it, and shelved resolves once its parts are put aside.
export const sender = {
  list: [], // oldest first
  trouble: '', // 'offline' or 'busy' while sending fails
  watchers: [],
  done: [], // {id, position, cut, outcome} of those that are through; outcome is 'kept', 'gone', 'over', 'long', 'empty'

  changed() { for (const watch of this.watchers) watch(); },

  begin(base, position, type) {
    const id = crypto.randomUUID();
    const recording = {id, base, position, type, at: Date.now(), parts: new Map(), count: 0, seconds: 0, begun: false, ended: false, cut: false, claimed: claim(id)};
    this.list.push(recording);
    this.put(recording);
    this.wake();
    return recording;
  },

  put({id, base, position, type, at, count, seconds, ended}) { return shelf.put({id, base, position, type, at, count, seconds, ended}); },

  // part adds what was recorded since the last one.
  part(recording, blob, seconds) {
    if (!this.list.includes(recording)) return; // through already: refused in the middle
    recording.seconds = seconds;
    for (let from = 0; from < blob.size; from += partMost) {
      const part = recording.count++;
      const piece = blob.slice(from, from + partMost);
      recording.parts.set(part, piece);
      const shelved = piece.arrayBuffer().then(data => recording.parts.has(part) && shelf.putPart(recording.id, part, data)).catch(() => {});
      recording.shelved = Promise.all([recording.shelved, shelved]);
    }
    this.put(recording);
    this.wake();
  },

  end(recording, seconds) {
    if (!this.list.includes(recording)) return;
    Object.assign(recording, {seconds, ended: true});
    this.put(recording);
    this.wake();
  },

  // load takes up what earlier pages left behind; what another tab still has, when that is closed.
  async load(base) {
    for (const id of await shelf.ids(base)) if (!this.list.some(one => one.id === id)) this.take(id);
  },

  async take(id) {
    const release = await claim(id);
    const left = await shelf.get(id);
    if (!left) return release();
    const parts = new Map(left.parts.map(({part, data}) => [part, data]));
    this.list.push({...left, parts, begun: false, cut: !left.ended, ended: true, claimed: Promise.resolve(release)});
    this.list.sort((one, other) => one.at - other.at);
    this.wake();
  },

  wake() {
    this.running ??= this.run().finally(() => { this.running = undefined; });
    this.changed();
  },

  async run() {
    let failures = 0;
    for (;;) {
      const next = this.list.find(one => !one.begun || one.parts.size || one.ended);
      if (!next) break;
      const trouble = await this.step(next);
      failures = trouble ? failures + 1 : 0;
      if (this.trouble !== trouble) {
        this.trouble = trouble;
        this.changed();
      }
      if (trouble) await new Promise(resolve => {
        this.hurry = resolve;
        setTimeout(resolve, Math.min(15, 2 ** failures) * second * (0.5 + Math.random() / 2));
      });
    }
    this.changed();
  },

  // step does one thing for a recording, and returns what was in the way, '' for nothing.
  async step(recording) {
    const own = `${recording.base}/recordings/${recording.id}`;
    let answer, arrived = () => {};
    if (!recording.begun) {
      const ago = Math.max(0, (Date.now() - recording.at) / second).toFixed(1);
      answer = await call('PUT', `${recording.base}/q/${recording.position}/recordings/${recording.id}?type=${encodeURIComponent(recording.type)}&ago=${ago}`);
      arrived = () => { recording.begun = true; };
    } else if (recording.parts.size) {
      const part = Math.min(...recording.parts.keys());
      const piece = recording.parts.get(part);
      let data;
      try { data = piece instanceof Blob ? await piece.arrayBuffer() : piece; } catch { data = new ArrayBuffer(0); }
      answer = await call('PUT', `${own}/${part}`, data, {'Content-Type': 'application/octet-stream', 'Content-Digest': await digest(data)});
      arrived = () => { recording.parts.delete(part); shelf.dropPart(recording.id, part); this.changed(); };
    } else {
      const form = new FormData();
      form.append('parts', recording.cut ? 0 : recording.count);
      form.append('seconds', recording.seconds.toFixed(1));
      answer = await call('POST', `${own}/finish`, form);
      arrived = () => this.close(recording, 'kept');
    }
    switch (answer.state) {
      case 'saved':
        arrived();
        return '';
      case 'missing': // a part that this device doesn't have any more: what is there before it, is kept
        recording.cut = true;
        return '';
      case 'gone':
      case 'elsewhere':
        this.close(recording, recording.ended && !recording.count ? 'empty' : 'gone');
        return '';
      case 'over':
      case 'long':
        this.close(recording, answer.state);
        return '';
      case 'offline':
        return 'offline';
      default:
        return 'busy';
    }
  },

  close(recording, outcome) {
    this.list = this.list.filter(one => one !== recording);
    const {id, position, cut} = recording;
    this.done.push({id, position, cut, outcome});
    Promise.all([recording.claimed, shelf.drop(id)]).then(([release]) => release());
    this.changed();
  },

  // settled resolves to true once everything that has ended is through, and to false as soon as an attempt from now on
  // fails.
  settled() {
    this.trouble = '';
    this.changed();
    return new Promise(resolve => {
      const look = () => {
        const waiting = this.list.some(one => one.ended);
        if (waiting && !this.trouble) return;
        this.watchers = this.watchers.filter(watch => watch !== look);
        resolve(!waiting);
      };
      this.watchers.push(look);
      this.hurry?.();
      look();
    });
  },
};
addEventListener('online', () => sender.hurry?.());

// whole says that all of a recording is kept.
export const whole = ({outcome, cut}) => outcome === 'kept' && !cut;

/* ---- recording ---- */

const types = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus'];

const refusals = {
  NotAllowedError: 'Your browser does not let this page use the microphone. Allow it in the browser’s settings for this page and try again, or type your answer.',
  NotFoundError: 'No microphone was found. Connect one and try again, or type your answer.',
  NotReadableError: 'Another program is using the microphone. Close it and try again, or type your answer.',
};

const silence = 'We hear nothing. Look whether the right microphone is on and not muted.';

const clockText = seconds => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;

// voice brings a question's recorder to life; null where the browser can't record.
export function voice(box, {base, position, announce}) {
  const type = window.MediaRecorder && types.find(one => MediaRecorder.isTypeSupported(one));
  if (!box || !type || !navigator.mediaDevices?.getUserMedia) return null;

  const $ = selector => box.querySelector(selector);
  const [toggle, time, level, status, problem, kept, audio] = ['toggle', 'time', 'level', 'status', 'problem', 'kept', 'audio'].map(name => $(`[data-voice-${name}]`));
  const interrupted = $('[data-voice-interrupted]');
  let current = null; // {recorder, recording, began, stopped, loudness}; stopped resolves when all is put aside
  let wanted = false; // to record: the browser may ask for a long time
  let given = false; // the microphone, by the browser
  let quietSince = 0, seen = 0, troubled = false, complaint = '';

  box.dataset.ready = '';
  $('[data-voice-controls]').hidden = false;

  function say(text, tone = '') {
    if (status.textContent !== text) status.textContent = text;
    status.dataset.tone = tone;
  }

  function complain(text) {
    complaint = text;
    problem.hidden = !text;
    problem.querySelector('span').textContent = text;
    if (text) announce(text);
  }

  const busy = () => current || box.dataset.state === 'asking'; // with the microphone
  const mine = () => sender.list.filter(one => one.position === position);

  function describe() {
    for (; seen < sender.done.length; seen++) through(sender.done[seen]);
    const waiting = mine();
    if (interrupted && waiting.some(one => one.id === interrupted.dataset.id)) interrupted.hidden = true; // this device has the rest
    if (waiting.length && sender.trouble && !troubled) announce('Your recording can’t be sent just now. It is kept on this device, and we keep trying.');
    troubled = waiting.length > 0 && sender.trouble !== '';
    const lost = sender.trouble === 'offline' ? 'no connection' : 'the server is busy';
    if (box.dataset.state === 'asking' && given) say('Opening the microphone…');
    else if (box.dataset.state === 'asking') say('Your browser asks whether this page may use the microphone. Allow it to go on.');
    else if (current && sender.trouble) say(`Recording. Not sent yet: ${lost}. It is kept on this device, and we keep trying.`, 'weak');
    else if (current) say('Recording. What you say is sent while you speak.');
    else if (waiting.length && sender.trouble) say(`Not sent yet: ${lost}, we keep trying. Keep this page open.`, 'weak');
    else if (waiting.length) say('Sending…');
    else say(box.dataset.state === 'kept' ? 'Saved' : '');
  }

  // through shows what became of a recording.
  function through(done) {
    if (done.position !== position) return;
    if (current?.recording.id === done.id) stop(); // nobody would hear the rest
    switch (done.outcome) {
      case 'kept':
        show(done.id);
        if (done.cut) complain('The recording was interrupted. What was recorded until then is saved: listen to it, or record again.');
        else announce('Your recording is saved.');
        break;
      case 'gone':
        if (!mine().length) complain('This question was recorded anew in another tab or on another device. That recording counts.');
        break;
      case 'over':
        complain('The time is over, and the end of your recording came too late.');
        break;
      case 'long':
        complain('The recording is too long to be saved. Record a shorter one, or type your answer.');
        break;
      case 'empty':
        complain('Nothing was recorded. Record again, or type your answer.');
    }
  }

  function show(id) {
    if (interrupted) interrupted.hidden = true;
    audio.src = `${base}/recordings/${id}`;
    kept.dataset.id = id;
    kept.hidden = false;
    if (!busy()) box.dataset.state = 'kept';
  }

  async function start() {
    complain('');
    audio.pause();
    wanted = true;
    given = false;
    box.dataset.state = 'asking';
    describe();
    let stream, sound, recorder;
    const letGo = () => {
      stream?.getTracks().forEach(track => track.stop());
      sound?.close();
    };
    try {
      stream = await navigator.mediaDevices.getUserMedia({audio: {channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true}});
      if (wanted) {
        given = true;
        describe();
        sound = meter(stream);
        await sound.flows;
      }
      if (!wanted) {
        letGo();
        return rest();
      }
      recorder = new MediaRecorder(stream, {mimeType: type, audioBitsPerSecond: 32_000});
      recorder.start(slice);
    } catch (refusal) {
      letGo();
      rest();
      complain(refusals[refusal.name] ?? 'The microphone could not be opened. Try again, or type your answer.');
      return;
    }
    const recording = sender.begin(base, position, recorder.mimeType || type);
    const began = performance.now();
    const spoken = () => (performance.now() - began) / second;
    const awake = navigator.wakeLock?.request('screen').catch(() => null);
    recorder.ondataavailable = event => { if (event.data.size) sender.part(recording, event.data, spoken()); };
    const stopped = new Promise(resolve => {
      recorder.onstop = () => {
        letGo();
        current = null;
        awake?.then(lock => lock?.release());
        sender.end(recording, spoken());
        rest();
        resolve(recording.shelved);
      };
    });
    stream.getAudioTracks()[0].onended = () => {
      if (recorder.state !== 'inactive') recorder.stop();
      complain('The microphone was disconnected. What you said until then is kept: listen to it, or record again.');
    };
    current = {recorder, recording, began, stopped, loudness: sound.loudness};
    quietSince = performance.now();
    box.dataset.state = 'recording';
    time.textContent = clockText(0);
    announce('Recording.');
    describe();
    tick(current);
  }

  // meter gives a function that tells how loud it is now, from 0 to 1, or null where that is not known; one that closes
  // it: browsers have few of these; and flows, which resolves once there is sound to record. Firefox has a microphone
  // long before that, and what is said in between would be lost. A device without a loudspeaker may never tell.
  function meter(stream) {
    let context, analyser;
    try {
      context = new AudioContext();
      analyser = context.createAnalyser();
      context.createMediaStreamSource(stream).connect(analyser);
    } catch {
      return {loudness: () => null, close: () => context?.close()};
    }
    const samples = new Float32Array(analyser.fftSize);
    return {
      flows: Promise.race([context.resume().catch(() => {}), new Promise(resolve => setTimeout(resolve, 3 * second))]),
      loudness() {
        if (context.state !== 'running') return null;
        analyser.getFloatTimeDomainData(samples);
        return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
      },
      close: () => context.close(),
    };
  }

  function tick(run) {
    if (current !== run) return;
    time.textContent = clockText((performance.now() - run.began) / second);
    const loud = run.loudness();
    if (loud === null) quietSince = performance.now();
    level.style.setProperty('--level', Math.min(1, Math.sqrt(loud) * 1.6).toFixed(2));
    if (loud > 0.004) {
      quietSince = performance.now();
      if (complaint === silence) complain('');
    } else if (performance.now() - quietSince > 6 * second && !complaint) {
      complain(silence);
    }
    setTimeout(() => tick(run), 100);
  }

  async function stop() {
    wanted = false;
    if (!current) return;
    const run = current;
    if (run.recorder.state !== 'inactive') run.recorder.stop();
    await run.stopped;
  }

  // rest shows what there is while nothing is recorded.
  function rest() {
    box.dataset.state = kept.hidden ? 'idle' : 'kept';
    describe();
  }

  toggle.addEventListener('click', event => {
    if (event.detail > 1) return; // of a double click, which would record anew over what it stopped
    current ? stop() : busy() || start();
  });
  $('[data-voice-drop]').addEventListener('click', async () => {
    const answer = await call('POST', `${base}/recordings/${kept.dataset.id}/drop`, new FormData());
    if (answer.state !== 'saved') {
      complain('The recording could not be removed just now. Try again.');
      return;
    }
    audio.removeAttribute('src');
    audio.load();
    kept.hidden = true;
    if (!busy()) rest();
    complain('');
    announce('The recording is removed.');
    toggle.focus();
  });
  $('[data-voice-keep]')?.addEventListener('click', async () => {
    const form = new FormData();
    form.append('parts', 0);
    const answer = await call('POST', `${base}/recordings/${interrupted.dataset.id}/finish`, form);
    if (answer.state === 'saved') {
      show(interrupted.dataset.id);
      announce('What had arrived is saved.');
    } else {
      complain('That could not be saved just now. Try again, or record anew.');
    }
    describe();
  });
  addEventListener('beforeunload', event => { if (current) event.preventDefault(); });
  sender.watchers.push(describe);
  sender.load(base); // what this device still has, it sends by itself
  rest();

  return {
    // settle ends a recording and resolves to whether everything is at the server, and this answer kept whole.
    async settle() {
      complain('');
      const before = sender.done.length;
      await stop();
      const through = await sender.settled();
      if (through && sender.done.slice(before).every(one => one.position !== position || whole(one))) return true;
      if (!through && !mine().length) complain('A recording of another question could not be sent yet. We keep trying; go on in a moment.');
      else if (!through) announce(status.textContent);
      toggle.focus();
      return false;
    },
    stop,
  };
}
