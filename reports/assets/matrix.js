(function () {
  'use strict';
  const doc = document;
  const table = doc.querySelector('.runs');
  if (!table) return;
  doc.documentElement.classList.add('js');
  const bodies = Array.from(table.tBodies);
  const rows = Array.from(table.querySelectorAll('tr[data-broken]'));
  rows.forEach((row, index) => { row.dataset.order = index; });
  const homes = new Map(rows.map((row) => [row, row.parentElement]));
  const count = doc.getElementById('count');
  const only = { differing: doc.getElementById('differing'), broken: doc.getElementById('broken') };
  doc.querySelector('.tools').hidden = false;

  function filter() {
    let shown = 0;
    for (const row of rows) {
      row.hidden = (only.differing.checked && !row.dataset.differs) || (only.broken.checked && row.dataset.broken === '0');
      if (!row.hidden) shown++;
    }
    for (const body of bodies) body.hidden = !body.querySelector('tr[data-broken]:not([hidden])');
    count.textContent = shown + ' of ' + rows.length + ' requirements';
  }
  only.differing.addEventListener('change', filter);
  only.broken.addEventListener('change', filter);

  /* In the order of the catalogue rows stand under their specification, else all in one list. */
  const sorted = table.createTBody();
  function rank(row, key) {
    if (key === 'order') return Number(row.dataset.order);
    if (key === 'broken') return -Number(row.dataset.broken);
    const cell = row.cells[Number(key) + 2];
    return cell && cell.dataset.n !== undefined ? Number(cell.dataset.n) : 99;
  }
  function sort(head) {
    const up = head.getAttribute('aria-sort') === 'ascending';
    table.querySelectorAll('thead th').forEach((other) => other.removeAttribute('aria-sort'));
    head.setAttribute('aria-sort', up ? 'descending' : 'ascending');
    const key = head.dataset.sort;
    const list = rows.map((row) => [rank(row, key), Number(row.dataset.order), row]);
    list.sort((a, b) => (up ? b[0] - a[0] : a[0] - b[0]) || a[1] - b[1]);
    const home = key === 'order' && !up;
    for (const [, , row] of list) (home ? homes.get(row) : sorted).appendChild(row);
    filter();
  }
  for (const head of table.querySelectorAll('thead th[data-sort]')) {
    const label = head.querySelector('.sortable');
    const button = doc.createElement('button');
    button.type = 'button';
    button.append(...label.childNodes);
    label.replaceWith(button);
    button.addEventListener('click', () => sort(head));
  }
  filter();
})();
