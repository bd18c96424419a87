(function () {
  'use strict';
  const doc = document, root = doc.documentElement;
  const all = (selector, within) => Array.from((within || doc).querySelectorAll(selector));
  const at = (id) => doc.getElementById(id);
  root.classList.add('js');

  /* Filter. What it shows is in the address, so that a link to a page says what to look at. */
  const form = doc.querySelector('.filter');
  const text = at('q'), spec = at('f-spec'), level = at('f-level'), count = at('count'), clear = at('clear');
  const chips = all('.chip');
  form.hidden = false;
  const entries = all('[data-verdict]').map((element) => ({
    element: element,
    verdict: element.dataset.verdict,
    level: element.dataset.level,
    spec: element.dataset.spec,
    stub: element.classList.contains('stub'),
    words: null,
  }));
  const total = entries.filter((entry) => !entry.stub).length;
  const wordsOf = (entry) => entry.words || (entry.words = (entry.element.id + ' ' + entry.element.textContent).toLowerCase());
  const pressed = (chip) => chip.getAttribute('aria-pressed') === 'true';
  const press = (chip, on) => chip.setAttribute('aria-pressed', String(on));
  /* From the inside out: a box is empty when all that is in it is hidden. */
  const boxes = ['.cause', '.unasked', '.rows', '.sect-group', '.spec', '.group'].map((s) => all('main ' + s));

  function apply() {
    const verdicts = chips.filter(pressed).map((chip) => chip.value);
    const wanted = text.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const on = Boolean(verdicts.length || wanted.length || spec.value || level.value);
    let shown = 0;
    for (const entry of entries) {
      const matches = (!verdicts.length || verdicts.includes(entry.verdict)) &&
        (!spec.value || entry.spec === spec.value) &&
        (!level.value || entry.level === level.value) &&
        wanted.every((word) => wordsOf(entry).includes(word));
      entry.element.hidden = on && (!matches || entry.stub);
      if (matches && !entry.stub) shown++;
    }
    for (const box of boxes.flat()) {
      box.hidden = on && !box.querySelector('[data-verdict]:not([hidden])');
      if (on && !box.hidden && box.matches('.spec, .unasked')) box.open = true;
    }
    for (const part of all('.part.filterable')) {
      const none = part.querySelector('.none-left');
      if (none) none.hidden = !on || Boolean(part.querySelector('[data-verdict]:not([hidden])'));
    }
    count.textContent = on ? shown + ' of ' + total + ' requirements' : total + ' requirements';
    clear.hidden = !on;
    const query = new URLSearchParams(location.search);
    const state = { verdict: verdicts.join(','), level: level.value, spec: spec.value, q: text.value.trim() };
    for (const name in state) if (state[name]) query.set(name, state[name]); else query.delete(name);
    const search = query.toString();
    try {
      history.replaceState(null, '', location.pathname + (search ? '?' + search : '') + location.hash);
    } catch (refused) { /* some viewers of files allow no change of the address */ }
  }
  function read() {
    const query = new URLSearchParams(location.search);
    const verdicts = (query.get('verdict') || '').split(',');
    chips.forEach((chip) => press(chip, verdicts.includes(chip.value)));
    text.value = query.get('q') || '';
    for (const [select, name] of [[level, 'level'], [spec, 'spec']]) {
      select.value = query.get(name) || '';
      if (select.selectedIndex < 0) select.value = '';
    }
    apply();
  }
  function reset() {
    chips.forEach((chip) => press(chip, false));
    text.value = spec.value = level.value = '';
    apply();
  }
  let waiting = 0;
  form.addEventListener('submit', (event) => event.preventDefault());
  text.addEventListener('input', () => { clearTimeout(waiting); waiting = setTimeout(apply, 80); });
  spec.addEventListener('change', apply);
  level.addEventListener('change', apply);
  chips.forEach((chip) => chip.addEventListener('click', () => { press(chip, !pressed(chip)); apply(); }));
  clear.addEventListener('click', () => { reset(); text.focus(); });

  /* A place inside what is closed opens it; one that the filter hides clears the filter. */
  function show(id) {
    const element = id && at(id);
    if (!element) return;
    if (element.closest('[hidden]')) reset();
    for (let box = element; box; box = box.parentElement) if (box.tagName === 'DETAILS') box.open = true;
    element.scrollIntoView();
    const summary = element.querySelector(':scope > summary');
    if (summary) summary.focus({ preventScroll: true });
  }
  function placeOf(hash) {
    try { return decodeURIComponent(hash.slice(1)); } catch (malformed) { return ''; }
  }
  addEventListener('hashchange', () => show(placeOf(location.hash)));

  function copy(line, done) {
    const old = () => {
      const area = doc.createElement('textarea');
      area.value = line;
      doc.body.appendChild(area);
      area.select();
      try { doc.execCommand('copy'); } catch (refused) { /* nothing else is left to try */ }
      area.remove();
      done();
    };
    if (navigator.clipboard && isSecureContext) navigator.clipboard.writeText(line).then(done, old);
    else old();
  }
  doc.addEventListener('click', (event) => {
    const cell = event.target.closest('.matrix a[data-v]');
    if (cell) {
      event.preventDefault();
      chips.forEach((chip) => press(chip, chip.value === cell.dataset.v));
      spec.value = cell.dataset.s || '';
      level.value = cell.dataset.l || '';
      text.value = '';
      apply();
      form.scrollIntoView();
      return;
    }
    const button = event.target.closest('.x-foot > .tool');
    if (button) {
      const was = button.textContent;
      copy(button.parentElement.querySelector('pre').textContent, () => {
        button.textContent = 'Copied';
        setTimeout(() => { button.textContent = was; }, 1600);
      });
      return;
    }
    const link = event.target.closest('a[href^="#"]');
    if (link && link.hash === location.hash) show(placeOf(link.hash));
  });

  function openOrClose() {
    const shown = all('details.req').filter((element) => !element.closest('[hidden]'));
    const open = shown.some((element) => !element.open);
    shown.forEach((element) => { element.open = open; });
  }
  at('expand').addEventListener('click', openOrClose);

  /* Keys. Single ones can be switched off (WCAG 2.1.4), and the choice is kept where it may be. */
  const help = at('keys'), keysOn = at('keys-on'), short = at('short');
  try { keysOn.checked = localStorage.getItem('dcr-keys') !== 'off'; } catch (refused) { /* no storage */ }
  keysOn.addEventListener('change', () => {
    try { localStorage.setItem('dcr-keys', keysOn.checked ? 'on' : 'off'); } catch (refused) { /* no storage */ }
  });
  short.addEventListener('change', () => root.classList.toggle('short', short.checked));
  at('help').addEventListener('click', () => help.showModal());
  function move(step, verdict) {
    const stops = all('.req').filter((e) => !e.closest('[hidden]') && (!verdict || e.dataset.verdict === verdict))
      .map((e) => e.querySelector(':scope > summary, a')).filter((e) => e && e.offsetParent);
    if (!stops.length) return;
    const here = doc.activeElement;
    let index = stops.indexOf(here);
    if (index < 0 && here !== doc.body) {
      const top = here.getBoundingClientRect().top;
      const after = stops.findIndex((e) => e.getBoundingClientRect().top > top);
      index = (after < 0 ? stops.length : after) - (step > 0 ? 1 : 0);
    } else if (index < 0 && step < 0) index = 0;
    stops[(index + step + stops.length) % stops.length].focus();
  }
  const keys = {
    '/': () => { text.focus(); text.select(); },
    j: () => move(1), k: () => move(-1), f: () => move(1, 'fail'),
    e: openOrClose, x: reset, '?': () => help.showModal(),
  };
  doc.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    if (event.key === 'Escape' && event.target === text) {
      if (text.value) { text.value = ''; apply(); } else text.blur();
      event.preventDefault();
      return;
    }
    if (/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) || !keysOn.checked) return;
    if (Object.hasOwn(keys, event.key)) { keys[event.key](); event.preventDefault(); }
  });

  /* A table that is laid out as a stack on a phone loses its roles: say them again. */
  if (matchMedia('(max-width:760px)').matches) {
    const roles = { 'thead,tbody,tfoot': 'rowgroup', tr: 'row', td: 'cell', 'thead th': 'columnheader', 'tbody th,tfoot th': 'rowheader' };
    for (const table of all('.matrix,.compare,.stack')) {
      table.setAttribute('role', 'table');
      for (const selector in roles) all(selector, table).forEach((e) => e.setAttribute('role', roles[selector]));
    }
  }

  if ('IntersectionObserver' in window) {
    const links = new Map(all('.side a').map((link) => [link.hash.slice(1), link]));
    const watcher = new IntersectionObserver((seen) => {
      for (const item of seen) if (item.isIntersecting) {
        all('.side a[aria-current]').forEach((link) => link.removeAttribute('aria-current'));
        links.get(item.target.id).setAttribute('aria-current', 'true');
      }
    }, { rootMargin: '-15% 0px -75% 0px' });
    for (const id of links.keys()) { const element = at(id); if (element) watcher.observe(element); }
  }

  read();
  if (location.hash) show(placeOf(location.hash));
})();
