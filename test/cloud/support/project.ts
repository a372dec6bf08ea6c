import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '#config/config.ts';
import { attempt, type Outcome, run } from './child.ts';
import { Cdk } from './cdk.ts';
import type { EmulatedAws } from './emulated-aws.ts';
import { ONNWARD, REPOSITORY } from './programs.ts';

const APP = join(REPOSITORY, 'bin', 'app.ts');

/** A user's folder with an onnward.config.ts, and the commands as the user runs them there. */
export class Project {
  readonly folder: string;
  readonly cdk: Cdk;
  readonly #aws: EmulatedAws;

  constructor(aws: EmulatedAws, name: string, config: Config) {
    this.#aws = aws;
    this.folder = join(aws.folder, name);
    mkdirSync(this.folder, { recursive: true });
    this.configure(config);
    this.cdk = new Cdk(aws, { app: `node ${APP}`, cwd: this.folder });
  }

  configure(config: Config): void {
    writeFileSync(join(this.folder, 'onnward.config.ts'), `export default ${JSON.stringify(config, undefined, 2)};\n`);
  }

  /** The same folder deployed by another app, told what to be. */
  variant(app: string, variant: string): Cdk {
    return new Cdk(this.#aws, { app: `node ${app}`, cwd: this.folder, context: { variant } });
  }

  /** The standard output of a command line that is to succeed. */
  async onnward(...args: string[]): Promise<string> {
    return run([ONNWARD, ...args], { env: this.#aws.environment, cwd: this.folder });
  }

  /** However it ends. */
  async tryOnnward(...args: string[]): Promise<Outcome> {
    return this.tryOnnwardAs({}, ...args);
  }

  /** As somebody else than the account's owner. */
  async tryOnnwardAs(credentials: Readonly<Record<string, string>>, ...args: string[]): Promise<Outcome> {
    const env = { ...this.#aws.environment, ...credentials };
    return attempt([ONNWARD, ...args], { env, cwd: this.folder });
  }
}
