import { formatBytes, styleError } from './output.ts';

/** One line of stderr that is written over while long work goes on. */
export interface Progress {
  /** `done`, of `total` where that is known; `label` says of what, `unit` how it is counted. @default - bytes */
  update(label: string, done: number, total?: number, unit?: string): void;
  /** Takes the line away. */
  end(): void;
}

const SILENT: Progress = { update: () => undefined, end: () => undefined };
const BAR_CELLS = 24;
const REDRAW_MS = 50;
const CLEAR_LINE = '\r\u001b[2K';

/** A bar where a person watches a terminal; nothing in a pipe, in CI logs, or with --json. */
export function createProgress(json: boolean, stream: NodeJS.WriteStream = process.stderr): Progress {
  if (json || !stream.isTTY) return SILENT;
  let drawnAt = 0;
  return {
    update(label, done, total, unit) {
      const now = performance.now();
      if (now - drawnAt < REDRAW_MS && done !== total) return;
      drawnAt = now;
      stream.write(CLEAR_LINE + progressLine(label, done, total, unit));
    },
    end: () => void stream.write(CLEAR_LINE),
  };
}

/** `hashing model.onnx ████░░░░ 50 %  1.2 MB of 2.4 MB` */
function progressLine(label: string, done: number, total: number | undefined, unit: string | undefined): string {
  const shown = (amount: number) => (unit === undefined ? formatBytes(amount) : `${amount} ${unit}`);
  if (total === undefined) return `${label}  ${shown(done)}`;
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.round(share * BAR_CELLS);
  const bar = styleError('cyan', '█'.repeat(filled)) + styleError('dim', '░'.repeat(BAR_CELLS - filled));
  return `${label} ${bar} ${Math.floor(share * 100)} %  ${shown(done)} of ${shown(total)}`;
}
