import { createHash } from 'node:crypto';
import { OnnwardError } from '../errors.ts';
import type { ObjectStore } from '../ports.ts';
import { corruption, type Finding, note } from '../registry/finding.ts';
import { atMost } from '../at-most.ts';
import { readDocument } from '../documents.ts';
import { readShards } from './drives.ts';
import { manifestKey, planKey } from './keys.ts';
import { noJob } from './no-job.ts';
import type { BatchManifest, BatchPlan, WrittenPart } from './plan.ts';
import { readReceipts } from './receipts.ts';

/** Files that are hashed at once. */
const AT_ONCE = 4;

/** A file, and how many lines it is to have where rows are lines. */
interface Claimed extends WrittenPart {
  readonly lines?: number;
}

/**
 * Proves what the manifest of a job says: every file is there with its hash and its lines, every receipt is counted, and
 * rows in = scored + quarantined + pending. What is found is all that is wrong. Throws `batch.no_job`.
 */
export async function verifyJob(store: ObjectStore, job: string): Promise<Finding[]> {
  const plan = await readDocument<BatchPlan>(store, planKey(job));
  if (!plan) throw noJob(job);
  const manifest = await readDocument<BatchManifest>(store, manifestKey(job));
  if (!manifest) return [note('batch.unfinished', manifestKey(job), 'is not there yet: no drive has ended')];
  if (plan.refusal) return [];
  const files = await atMost(AT_ONCE, claimedBy(manifest, plan), (file) => checkFile(store, file));
  return [...files.flat(), ...sumFindings(manifest), ...(await receiptFindings(store, plan, manifest))];
}

/** A part of JSON lines has one for each row; other formats have a head, or no lines at all. */
function claimedBy(manifest: BatchManifest, { outputFormat, options }: BatchPlan): Claimed[] {
  const hasLines = outputFormat === 'jsonl' && options.layout !== 'sagemaker';
  const parts = manifest.parts.map((part) => ({ ...part, ...(hasLines && { lines: part.rows }) }));
  const quarantine = manifest.quarantine.map((part) => ({ ...part, lines: part.rows }));
  return [...parts, ...quarantine, ...(manifest.outputs ?? [])];
}

async function checkFile(store: ObjectStore, { key, size, sha256, lines }: Claimed): Promise<Finding[]> {
  const hash = createHash('sha256');
  const found = { size: 0, lines: 0 };
  try {
    for await (const chunk of store.read(key)) {
      hash.update(chunk);
      found.size += chunk.length;
      if (lines !== undefined) found.lines += linesIn(chunk);
    }
  } catch (error) {
    if (!(error instanceof OnnwardError) || error.code !== 'store.not_found') throw error;
    return [corruption('part.missing', key, 'is not there')];
  }
  const actual = hash.digest('hex');
  if (actual !== sha256 || found.size !== size) {
    return [corruption('part.touched', key, `is not what was written: its SHA-256 is ${actual}, not ${sha256}`)];
  }
  if (lines === undefined || found.lines === lines) return [];
  return [corruption('part.lines', key, `has ${found.lines} lines for ${lines} rows`)];
}

function linesIn(chunk: Uint8Array): number {
  let lines = 0;
  for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines += 1;
  return lines;
}

function sumFindings({ job, rows, parts, quarantine, pending, state }: BatchManifest): Finding[] {
  const key = manifestKey(job);
  const scored = parts.reduce((sum, part) => sum + part.rows, 0);
  const quarantined = quarantine.reduce((sum, part) => sum + part.rows, 0);
  const findings: Finding[] = [];
  if (scored !== rows.scored) findings.push(wrong(key, `${rows.scored} rows are scored, its parts have ${scored}`));
  if (quarantined !== rows.quarantined) {
    findings.push(wrong(key, `${rows.quarantined} rows are in quarantine, its parts have ${quarantined}`));
  }
  if (rows.in !== undefined && rows.in !== rows.scored + rows.quarantined + (rows.pending ?? 0)) {
    findings.push(wrong(key, `${rows.in} rows came in, which is not what became of them`));
  }
  if (state === 'done' && pending.length > 0) findings.push(wrong(key, 'it is done, and shards are pending'));
  return findings;
}

async function receiptFindings(store: ObjectStore, plan: BatchPlan, manifest: BatchManifest): Promise<Finding[]> {
  const { job } = plan;
  const receipts = await readReceipts(store, job);
  const shards = await readShards(store, job);
  const key = manifestKey(job);
  if (receipts.size > manifest.receipts) {
    return [
      note('batch.behind', key, `counts ${manifest.receipts} receipts of ${receipts.size}: a drive is under way`),
    ];
  }
  const counted = manifest.receipts + manifest.pending.length;
  const findings = counted === shards.length ? [] : [wrong(key, `${counted} shards are named of ${shards.length}`)];
  const rows = [...receipts.values()].reduce((sum, receipt) => sum + receipt.rows, 0);
  const said = manifest.rows.scored + manifest.rows.quarantined;
  return rows === said ? findings : [...findings, wrong(key, `${said} rows are done, the receipts have ${rows}`)];
}

const wrong = (key: string, what: string): Finding => corruption('batch.sums', key, `does not add up: ${what}`);
