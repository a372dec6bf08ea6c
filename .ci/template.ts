/**
 * `node .ci/template.ts write FOLDER` writes every template of every variant; `check FOLDER`, after the linters have left
 * `cfn-lint.json` and `checkov.json` beside them, fails where they found what has no reason in test/template/reasons.ts.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CfnLint, type Checkov, complaints, ofCfnLint, ofCheckov } from '../test/stacks/proofs/lint.ts';
import type { CloudFormationTemplate } from '../test/stacks/proofs/template.ts';
import { synthesiseVariants } from '../test/stacks/proofs/variants.ts';
import { REASONS } from '../test/template/reasons.ts';

const [verb, folder] = process.argv.slice(2) as [string, string];

const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));

function write(): void {
  mkdirSync(folder, { recursive: true });
  for (const { name, templates } of synthesiseVariants()) {
    for (const [stack, template] of Object.entries(templates)) {
      writeFileSync(join(folder, `${name}.${stack}.template.json`), JSON.stringify(template, null, 1));
    }
  }
}

function check(): void {
  const found = [
    ...ofCfnLint(read('cfn-lint.json') as CfnLint[], (name) => (read(name) as CloudFormationTemplate).Resources),
    ...ofCheckov(read('checkov.json') as Checkov),
  ];
  const lines = complaints(found, REASONS);
  process.stdout.write(`${found.length} findings, ${lines.length} of them without a reason\n`);
  for (const line of lines) process.stderr.write(`${line}\n`);
  if (lines.length > 0) process.exitCode = 1;
}

if (verb === 'write') write();
else check();
