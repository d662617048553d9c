// Markdown that grows, as DOM. Finished blocks are left alone, so a selection in them survives and a long answer stays cheap.

import { copyButton, element as make } from './dom.js';

const { Marked, Lexer } = globalThis.marked;
const DOMPurify = globalThis.DOMPurify;

const escaped = text => text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);

// HTML in an answer is shown as the text it is; pictures become links, for no other host is ever asked.
const markdown = new Marked({
  gfm: true,
  renderer: {
    heading({ tokens, depth }) {
      const level = Math.max(depth, 3);
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
  #blocks = []; // {raw, nodes, level}
  #settled = 0; // the blocks before this one can change no more
  #settledLength = 0;
  #links = {};

  constructor(element) {
    this.#element = element;
  }

  /** Shows a text that begins with the text shown before; `complete` also settles links whose targets came last. */
  show(text, complete) {
    if (complete) {
      this.#settled = this.#settledLength = 0;
      this.#links = {};
    }
    const lexer = new Lexer(markdown.defaults);
    Object.assign(lexer.tokens.links, this.#links);
    const tokens = lexer.lex(text.replace(/\r\n?/g, '\n').slice(this.#settledLength));
    const fresh = complete && Object.keys(tokens.links).length > 0;
    this.#update(tokens.filter(token => token.type !== 'space'), fresh);
    this.#settle(tokens);
  }

  #update(tokens, fresh) {
    let same = this.#settled;
    const first = same;
    while (!fresh && same < this.#blocks.length && this.#blocks[same].raw === tokens[same - first]?.raw) same++;
    for (const { nodes } of this.#blocks.splice(same)) nodes.forEach(node => node.remove());
    for (const token of tokens.slice(same - first)) {
      const level = headingLevel(token, this.#blocks.at(-1)?.level ?? 2);
      const nodes = render(token, level);
      this.#element.append(...nodes);
      this.#blocks.push({ raw: token.raw, nodes, level });
    }
  }

  // Only the last block can still grow; one more is read again, for what joins two blocks.
  #settle(tokens) {
    const open = tokens.map(({ type }, at) => (type === 'space' ? -1 : at)).filter(at => at >= 0).at(-2) ?? 0;
    for (const token of tokens.slice(0, open)) {
      this.#settledLength += token.raw.length;
      if (token.type !== 'space') this.#settled++;
      if (token.type === 'def') this.#links[token.tag] = { href: token.href, title: token.title };
    }
  }
}

// Levels follow each other without a gap, below the headings of the turns, whatever the model wrote.
function headingLevel(token, former) {
  return token.type === 'heading' ? Math.min(token.depth + 2, former + 1, 6) : former;
}

function render(token, level) {
  const html = markdown.parser([token.type === 'heading' ? { ...token, depth: level } : token], markdown.defaults);
  const fragment = DOMPurify.sanitize(html, SANITIZE);
  for (const link of fragment.querySelectorAll('a[href]')) {
    link.target = '_blank';
    link.rel = 'noopener noreferrer nofollow';
  }
  for (const block of fragment.children) block.dir = 'auto'; // not inside of one, which would leave the outer without a direction
  for (const head of fragment.querySelectorAll('th:empty')) head.replaceWith(make('td')); // heads nothing
  for (const table of fragment.querySelectorAll('table')) wrap(table, 'table', 'Table');
  for (const pre of fragment.querySelectorAll('pre')) frame(pre);
  return [...fragment.childNodes];
}

// What can be wider than a phone scrolls by itself, by keyboard too.
function wrap(element, name, label) {
  const box = make('div', `scroll scroll-${name}`);
  box.tabIndex = 0;
  box.role = 'group';
  box.ariaLabel = label;
  element.replaceWith(box);
  box.append(element);
}

function frame(pre) {
  const language = /^language-(\S+)$/.exec(pre.querySelector('code')?.className ?? '')?.[1] ?? '';
  const box = make('div', 'code');
  const head = make('div', 'code-head');
  head.append(make('span', '', language || 'text'), copyButton('Copy code', 'Copy', () => pre.textContent));
  pre.replaceWith(box);
  pre.tabIndex = 0;
  pre.dir = 'ltr';
  box.append(head, pre);
}
