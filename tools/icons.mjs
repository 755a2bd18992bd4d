// Writes static/icons.svg: the Lucide icons named in static/src/icons.txt, one symbol each.
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';

const tools = dirname(fileURLToPath(import.meta.url));
const names = readFileSync(resolve(tools, '../static/src/icons.txt'), 'utf8').split('\n').filter(Boolean);
const symbols = names.map(name => {
  const file = resolve(tools, `node_modules/lucide-static/icons/${name}.svg`);
  if (!existsSync(file)) throw new Error(`Lucide has no icon named ${name}.`);
  const body = readFileSync(file, 'utf8').match(/<svg[^>]*>([\s\S]*)<\/svg>/)[1].replace(/\s*\n\s*/g, '').replace(/ \/>/g, '/>');
  return `<symbol id="${name}" viewBox="0 0 24 24">${body}</symbol>`;
});
writeFileSync(resolve(tools, '../static/icons.svg'), `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('\n')}</svg>\n`);
console.log(`static/icons.svg: ${names.length} icons`);
