import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

export const sizes = [
  { name: 'phone', width: 360, height: 740 },
  { name: 'laptop', width: 1440, height: 900 },
];

/** What WCAG 2.2 AA finds wrong with the page as it is now. */
export async function violations(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(rules).analyze();
  return violations.flatMap((v) => v.nodes.map((node) => `${v.id}: ${node.target.join(' ')}: ${node.failureSummary}`));
}

/** How many pixels the page is wider than its window; run in the page. */
export const sideways = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
