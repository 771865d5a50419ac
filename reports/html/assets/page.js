// What the page can do beyond being read: filter, links into closed parts, hex, copy. It is complete without this.
(() => {
  'use strict';
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // --- links: `#check-<id>`, the bare `#<id>`, and rows; what is closed opens
  const openTarget = () => {
    let id = '';
    try {
      id = decodeURIComponent(location.hash.slice(1));
    } catch {
      return; // not an address of this page
    }
    const exact = document.getElementById(id);
    const target = exact ?? document.getElementById(`check-${id}`);
    if (id === '' || !target) return;
    for (let part = target; part; part = part.parentElement) {
      if (part instanceof HTMLDetailsElement) part.open = true;
    }
    // Re-aiming at the real id is what makes :target and the back button work for the bare form.
    if (!exact) location.replace(`#${encodeURIComponent(target.id)}`);
    target.scrollIntoView();
  };
  addEventListener('hashchange', openTarget);
  openTarget();

  // --- filter over requirements and exchanges
  const form = document.querySelector('.filter');
  if (form) {
    const box = document.getElementById('filter');
    const outcome = document.getElementById('outcome');
    const found = document.getElementById('filtered');
    const rows = all('.matrix tbody tr:not(.section)');
    const items = [...rows, ...all('#exchanges .check')].map((element) => ({
      element,
      text: (element.querySelector('summary') ?? element).textContent.toLowerCase(),
      outcomes: (element.dataset.outcomes ?? '').split(' '),
    }));
    const apply = () => {
      const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const { element, text, outcomes } of items) {
        const matches = words.every((word) => text.includes(word));
        element.hidden = !matches || (outcome.value !== '' && !outcomes.includes(outcome.value));
      }
      for (const body of all('.matrix tbody')) body.hidden = all('tr:not(.section)', body).every((row) => row.hidden);
      const shown = rows.filter((row) => !row.hidden).length;
      found.textContent = `${shown} of ${rows.length} requirements`;
    };
    form.hidden = false;
    form.addEventListener('input', apply);
    form.addEventListener('submit', (event) => event.preventDefault());
    apply();
    addEventListener('keydown', (event) => {
      if (event.key !== '/' || event.target.closest?.('input, select, textarea')) return;
      event.preventDefault();
      box.focus();
    });
  }

  // --- hex: bytes of what was received, sixteen to a line. `\xNN` in a transcript is one byte.
  const bytesOf = (text) => {
    const encoder = new TextEncoder();
    return text
      .split(/(\\x[0-9a-f]{2})/i)
      .flatMap((part, index) => (index % 2 === 1 ? [parseInt(part.slice(2), 16)] : [...encoder.encode(part)]));
  };
  const hexOf = (text) => {
    const bytes = bytesOf(text);
    const lines = [];
    for (let at = 0; at < bytes.length; at += 16) {
      lines.push(
        bytes
          .slice(at, at + 16)
          .map((byte) => byte.toString(16).padStart(2, '0'))
          .join(' '),
      );
    }
    return lines.join('\n');
  };
  for (const button of all('.hex')) {
    button.hidden = false;
    button.addEventListener('click', () => {
      const on = button.getAttribute('aria-pressed') !== 'true';
      button.setAttribute('aria-pressed', String(on));
      for (const code of all('li.received code', button.closest('.wire'))) {
        code.dataset.text ??= code.textContent;
        // A run that the transcript abbreviates (`‹2,048 × " "›`) has no bytes to show.
        const abbreviated = /‹[\d,]+ /.test(code.dataset.text);
        code.textContent = on && !abbreviated ? hexOf(code.dataset.text) : code.dataset.text;
      }
    });
  }

  // --- copy
  for (const button of all('.copy')) {
    if (!navigator.clipboard) continue; // not in a secure context: the text can still be selected
    button.hidden = false;
    button.addEventListener('click', () => {
      const text = button.previousElementSibling.textContent;
      navigator.clipboard.writeText(text).then(
        () => (button.textContent = 'copied'),
        () => (button.textContent = 'select it by hand'),
      );
    });
  }
})();
