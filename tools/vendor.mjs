// Copies the browser files that we ship, or test with, out of the packages, with their licences.
import {copyFileSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';

const tools = dirname(fileURLToPath(import.meta.url));
const from = path => resolve(tools, 'node_modules', path);
const to = path => resolve(tools, '..', path);

mkdirSync(to('static/vendor'), {recursive: true});
mkdirSync(to('internal/e2e/testdata'), {recursive: true});
copyFileSync(from('axe-core/axe.min.js'), to('internal/e2e/testdata/axe.min.js'));
// The map it points at is not shipped.
const htmx = readFileSync(from('htmx.org/dist/htmx.min.js'), 'utf8').replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n');
writeFileSync(to('static/vendor/htmx.min.js'), htmx);

const works = [
  ['htmx.org', 'htmx.org/LICENSE', 'static/vendor/htmx.min.js, unchanged but for its source map line'],
  ['basecoat-css', 'basecoat-css/LICENSE.md', 'parts of its style sheets, compiled into static/app.css'],
  ['tailwindcss', 'tailwindcss/LICENSE', 'its base styles and utilities, compiled into static/app.css'],
  ['lucide-static', 'lucide-static/LICENSE', 'the icons in static/icons.svg'],
  ['axe-core', 'axe-core/LICENSE', 'internal/e2e/testdata/axe.min.js, used by tests only'],
];
const notices = works.map(([name, licence, use]) => {
  const {version} = JSON.parse(readFileSync(from(`${name}/package.json`), 'utf8'));
  const text = readFileSync(from(licence), 'utf8').trim();
  return `${name} ${version}\nUsed as: ${use}\n\n${text}\n`;
});
writeFileSync(to('static/vendor/NOTICES'), `Greenroom includes the works of others named here, each under its own licence.\n\n${notices.join(`\n${'-'.repeat(72)}\n\n`)}`);
console.log('static/vendor: htmx and NOTICES; internal/e2e/testdata: axe');
