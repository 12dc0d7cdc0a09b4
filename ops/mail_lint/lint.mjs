// Reads one JSON object, name -> HTML, and writes one, name -> {valid: [...], clients: [...]}.
import { readFileSync } from 'node:fs';
import { doIUseEmail } from '@jsx-email/doiuse-email';
import { HtmlValidate } from 'html-validate';

// Mail is not the web: Outlook reads conditional comments, attributes instead of style sheets, and roles where it matters.
const OFF = ['no-conditional-comment', 'no-inline-style', 'no-deprecated-attr', 'no-redundant-role', 'prefer-native-element',
  'doctype-style', 'void-style', 'prefer-tbody'];
const CLIENTS = ['gmail.*', 'outlook.*', 'apple-mail.*', 'samsung-email.*', 'yahoo.*'];

const validator = new HtmlValidate({
  extends: ['html-validate:recommended', 'html-validate:document'],
  rules: Object.fromEntries(OFF.map((rule) => [rule, 'off'])),
});
const told = {};
for (const [name, html] of Object.entries(JSON.parse(readFileSync(0, 'utf8')))) {
  const report = await validator.validateString(html);
  const valid = report.results.flatMap((result) => result.messages.map((one) => `${one.ruleId}: ${one.message} at ${one.line}:${one.column}`));
  const clients = doIUseEmail(html, { emailClients: CLIENTS }).errors ?? [];
  told[name] = { valid, clients: [...new Set(clients.map(String))] };
}
process.stdout.write(JSON.stringify(told));
