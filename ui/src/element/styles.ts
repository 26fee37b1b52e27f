// The element's style. Colours and sizes are custom properties that a page may set:
// --autodidact-accent, --autodidact-paper, --autodidact-surface, --autodidact-ink.
import { css, unsafeCSS } from 'lit';
import chart from 'uplot/dist/uPlot.min.css';
import text from './styles.css';

export const styles = [css`${unsafeCSS(chart)}`, css`${unsafeCSS(text)}`];
