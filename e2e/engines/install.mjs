// Installs Debian's Firefox and WebKitGTK where they are missing, if that is root's to do here: run by make check-engines.
import { execFileSync } from 'node:child_process';
import * as firefox from './firefox.mjs';
import { first } from './process.mjs';
import * as webkit from './webkit.mjs';

const packages = [...firefox.program ? [] : ['firefox-esr'], ...webkit.program ? [] : ['webkit2gtk-driver', 'xvfb', 'dbus']];

if (packages.length && process.getuid?.() === 0 && first('/usr/bin/apt-get')) {
  try {
    execFileSync('apt-get', ['update', '-qq'], { stdio: 'inherit' });
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { stdio: 'inherit' });
  } catch (e) {
    console.error(`Debian’s ${packages.join(', ')} could not be installed (${e.message}): what is there is checked.`);
  }
} else if (packages.length) {
  console.error(`Not here: ${packages.join(', ')}, as Debian calls them. What is there is checked.`);
}
