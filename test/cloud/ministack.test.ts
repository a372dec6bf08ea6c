import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ministackPython, REPOSITORY } from './support/programs.ts';

const EXTENSION = join(REPOSITORY, 'test', 'cloud', 'ministack');

describe("MiniStack's extension", () => {
  it('decides by the rules of AWS', () => {
    execFileSync(ministackPython(), ['-B', '-m', 'unittest', 'test_rules'], { cwd: EXTENSION, stdio: 'pipe' });
  });

  it('fits nothing but the pinned version, and says so', () => {
    const check = "from extension.pinned import check_version; check_version('1.5.32')";
    const { status, stderr } = spawnSync(ministackPython(), ['-B', '-c', check], { cwd: EXTENSION });
    expect(status).toBe(1);
    expect(stderr.toString()).toContain('MiniStack 1.5.32 is installed');
  });

  it('refuses to start where a function that it replaces is gone', () => {
    const check = "from extension.hooks import wrap; import json; wrap(json, 'gone', lambda _: _)";
    const { status, stderr } = spawnSync(ministackPython(), ['-B', '-c', check], { cwd: EXTENSION });
    expect(status).toBe(1);
    expect(stderr.toString()).toContain('MiniStack has no function json.gone');
  });

  it('says of each part what AWS does and what MiniStack does', () => {
    const known = ['__init__.py', 'hooks.py', 'pinned.py', 'alarm_states.py'];
    const parts = readdirSync(join(EXTENSION, 'extension')).filter(
      (file) => file.endsWith('.py') && !known.includes(file),
    );
    for (const part of parts) {
      const text = execFileSync('head', ['-n', '12', join(EXTENSION, 'extension', part)]).toString();
      expect(text, part).toMatch(/^AWS: /m);
      expect(text, part).toMatch(/^MiniStack: /m);
    }
    expect(parts.length).toBeGreaterThan(5);
  });
});
