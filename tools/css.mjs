// Builds static/app.css from static/src. `--check` only says whether the committed file is fresh.
import {execFileSync, spawn} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {gzipSync} from 'node:zlib';

const tools = dirname(fileURLToPath(import.meta.url));
const source = resolve(tools, '../static/src/app.css');
const target = resolve(tools, '../static/app.css');
const cli = resolve(tools, 'node_modules/@tailwindcss/cli/dist/index.mjs');
const build = (out, ...more) => [cli, '--input', source, '--output', out, '--minify', ...more];
const limit = 22 * 1024;

if (process.argv.includes('--watch')) {
  spawn(process.execPath, build(target, '--watch'), {stdio: 'inherit', cwd: tools});
} else if (process.argv.includes('--check')) {
  const dir = mkdtempSync(join(tmpdir(), 'css-'));
  const fresh = join(dir, 'app.css');
  execFileSync(process.execPath, build(fresh), {stdio: 'pipe', cwd: tools});
  const same = readFileSync(fresh).equals(readFileSync(target));
  rmSync(dir, {recursive: true});
  if (!same) {
    console.error('static/app.css is not what static/src builds. Run: npm --prefix tools run css');
    process.exit(1);
  }
} else {
  execFileSync(process.execPath, build(target), {stdio: 'inherit', cwd: tools});
  const size = gzipSync(readFileSync(target), {level: 9}).length;
  console.log(`static/app.css: ${size} bytes gzip`);
  if (size > limit) {
    console.error(`static/app.css is over its limit of ${limit} bytes gzip.`);
    process.exit(1);
  }
}
