/** A fenced block of a Markdown document. */
export interface Block {
  /** The first word behind the fence; empty where there is none. */
  readonly language: string;
  /** The rest of that line. */
  readonly info: string;
  readonly text: string;
  /** Of the fence, from 1. */
  readonly line: number;
}

const FENCE = /^( *)(`{3,})([^`]*)$/;

/** The fenced blocks in order, without the indentation of a list that they stand in. */
export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  const lines = markdown.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const [, indent = '', fence = '', words = ''] = FENCE.exec(lines[at]!) ?? [];
    if (fence === '') continue;
    const end = lines.findIndex((line, index) => index > at && line.trim() === fence);
    if (end === -1) throw new Error(`the fence of line ${at + 1} is not closed`);
    const [language = '', ...info] = words.trim().split(' ');
    const text = lines.slice(at + 1, end).map((line) => line.slice(indent.length));
    blocks.push({ language, info: info.join(' '), text: text.join('\n'), line: at + 1 });
    at = end;
  }
  return blocks;
}
