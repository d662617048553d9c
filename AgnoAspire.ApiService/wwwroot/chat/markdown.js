// Markdown that grows, as DOM. Finished blocks are left alone, so a selection in them survives and a long answer stays cheap.

const { Marked } = globalThis.marked;
const DOMPurify = globalThis.DOMPurify;

const escaped = text => text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);

// HTML in an answer is shown as the text it is; pictures become links, for no other host is ever asked.
const markdown = new Marked({
  gfm: true,
  renderer: {
    heading({ tokens, depth }) {
      const level = Math.min(depth + 2, 6); // below the headings of the turns
      return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>`;
    },
    html: ({ text, block }) => (block ? `<p>${escaped(text)}</p>` : escaped(text)),
    image: ({ href, text }) => `<a href="${escaped(href)}">${escaped(text || href)}</a>`,
    checkbox: ({ checked }) => (checked ? '☑ ' : '☐ '),
  },
});

const SANITIZE = {
  ALLOWED_TAGS: ['a', 'blockquote', 'br', 'code', 'del', 'em', 'h3', 'h4', 'h5', 'h6', 'hr', 'li', 'ol', 'p', 'pre', 'strong',
    'table', 'tbody', 'td', 'th', 'thead', 'tr', 'ul'],
  ALLOWED_ATTR: ['href', 'title', 'start', 'align', 'class'],
  ADD_URI_SAFE_ATTR: ['align', 'start'],
  ALLOWED_URI_REGEXP: /^(?:https?:|mailto:)/i,
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
};

DOMPurify.addHook('uponSanitizeAttribute', (node, attribute) => {
  if (attribute.attrName === 'class') attribute.keepAttr = node.nodeName === 'CODE' && /^language-\S+$/.test(attribute.attrValue);
});

export class MarkdownView {
  #element;
  #blocks = []; // {raw, nodes}

  constructor(element) {
    this.#element = element;
  }

  /** Shows the text; `complete` also settles links whose targets came last. */
  show(text, complete) {
    const tokens = markdown.lexer(text);
    const fresh = complete && Object.keys(tokens.links).length > 0;
    const blocks = tokens.filter(token => token.type !== 'space');
    let same = 0;
    while (!fresh && same < this.#blocks.length && same < blocks.length && this.#blocks[same].raw === blocks[same].raw) same++;
    for (const { nodes } of this.#blocks.splice(same)) nodes.forEach(node => node.remove());
    for (const token of blocks.slice(same)) {
      const nodes = render(token);
      this.#element.append(...nodes);
      this.#blocks.push({ raw: token.raw, nodes });
    }
  }
}

function render(token) {
  const fragment = DOMPurify.sanitize(markdown.parser([token], markdown.defaults), SANITIZE);
  for (const link of fragment.querySelectorAll('a[href]')) {
    link.target = '_blank';
    link.rel = 'noopener noreferrer nofollow';
  }
  for (const table of fragment.querySelectorAll('table')) wrap(table, 'table', 'Table');
  for (const pre of fragment.querySelectorAll('pre')) frame(pre);
  return [...fragment.childNodes];
}

// What can be wider than a phone scrolls by itself, by keyboard too.
function wrap(element, name, label) {
  const box = document.createElement('div');
  box.className = `scroll scroll-${name}`;
  box.tabIndex = 0;
  box.role = 'region';
  box.ariaLabel = label;
  element.replaceWith(box);
  box.append(element);
}

function frame(pre) {
  const code = pre.querySelector('code');
  const language = /^language-(\S+)$/.exec(code?.className ?? '')?.[1] ?? '';
  const box = document.createElement('div');
  box.className = 'code';
  const head = document.createElement('div');
  head.className = 'code-head';
  const label = document.createElement('span');
  label.textContent = language || 'text';
  head.append(label);
  if (navigator.clipboard) head.append(copyButton('Copy code', () => pre.textContent));
  pre.replaceWith(box);
  pre.tabIndex = 0;
  box.append(head, pre);
}

export function copyButton(label, text) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'copy';
  button.textContent = 'Copy';
  button.ariaLabel = label;
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = 'Copied';
    } catch {
      button.textContent = 'Not allowed';
    }
    setTimeout(() => { button.textContent = 'Copy'; }, 1500);
  });
  return button;
}
