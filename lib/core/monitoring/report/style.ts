/** The page's own style: nothing is fetched, so that it can be kept, sent and read anywhere. */
export const STYLE = `
:root { color-scheme: light dark; --page: #fff; --text: #1c2128; --soft: #59636e; --edge: #d8dee4; --card: #f6f8fa;
  --then: #8c959f; --now: #0969da; --bad: #cf222e; --good: #1a7f37; --warn: #9a6700;
  --s1: #0969da; --s2: #bc4c00; --s3: #8250df; --s4: #1a7f37; --s0: #bf3989; }
@media (prefers-color-scheme: dark) {
  :root { --page: #0d1117; --text: #e6edf3; --soft: #9198a1; --edge: #3d444d; --card: #151b23;
    --then: #656c76; --now: #58a6ff; --bad: #ff7b72; --good: #3fb950; --warn: #d29922;
    --s1: #58a6ff; --s2: #f0883e; --s3: #bc8cff; --s4: #3fb950; --s0: #f778ba; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 24px 16px 64px; max-width: 1080px; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0; font-size: 26px; line-height: 1.2; }
h2 { margin: 40px 0 8px; font-size: 19px; border-bottom: 1px solid var(--edge); padding-bottom: 6px; }
h3 { margin: 0 0 6px; font-size: 15px; }
p { margin: 8px 0; max-width: 75ch; }
.soft, .soft p, figcaption { color: var(--soft); font-size: 13px; }
.state { display: inline-block; padding: 1px 10px; border-radius: 12px; border: 1px solid currentColor; font-weight: 600; font-size: 13px; }
.bad { color: var(--bad); } .good { color: var(--good); } .warn { color: var(--warn); }
.facts { display: flex; flex-wrap: wrap; gap: 6px 28px; margin: 14px 0 0; padding: 0; list-style: none; }
.facts b { display: block; font-size: 20px; line-height: 1.3; }
.facts span { color: var(--soft); font-size: 13px; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 300px), 1fr)); gap: 14px; margin: 14px 0; }
figure { margin: 0; padding: 14px; border: 1px solid var(--edge); border-radius: 8px; background: var(--card); }
.wide { overflow-x: auto; margin: 10px 0; overflow-wrap: normal; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 5px 14px 5px 0; border-bottom: 1px solid var(--edge); vertical-align: top; }
th { color: var(--soft); font-weight: 600; }
th, td { white-space: nowrap; }
td:first-child { white-space: normal; min-width: 12ch; }
.prose td:last-child { white-space: normal; min-width: 28ch; }
svg { display: block; width: 100%; height: auto; }
svg text { font-size: 11px; fill: var(--soft); font-family: inherit; }
.then { fill: var(--then); fill-opacity: .55; } .now { fill: var(--now); fill-opacity: .6; }
.axis, .grid { stroke: var(--edge); } .mark { stroke: var(--warn); stroke-dasharray: 4 3; } .limit { stroke: var(--bad); stroke-dasharray: 6 4; }
.line { fill: none; stroke-width: 2; } .band { fill-opacity: .15; stroke: none; }
.line.s0, .dot.s0 { stroke: var(--s1); } .line.s1, .dot.s1 { stroke: var(--s2); } .line.s2, .dot.s2 { stroke: var(--s3); }
.line.s3, .dot.s3 { stroke: var(--s4); } .line.s4, .dot.s4 { stroke: var(--s0); }
.band.s0, .dot.s0, .key.s0 { fill: var(--s1); } .band.s1, .dot.s1, .key.s1 { fill: var(--s2); } .band.s2, .dot.s2, .key.s2 { fill: var(--s3); }
.band.s3, .dot.s3, .key.s3 { fill: var(--s4); } .band.s4, .dot.s4, .key.s4 { fill: var(--s0); }
.legend { display: flex; flex-wrap: wrap; gap: 2px 18px; color: var(--soft); font-size: 13px; }
.legend svg { display: inline-block; width: 12px; height: 12px; margin-right: 5px; vertical-align: -1px; }
pre { overflow-x: auto; padding: 10px; border-radius: 6px; background: var(--card); border: 1px solid var(--edge); font-size: 13px; }
@media print { body { max-width: none; } figure, tr { break-inside: avoid; } }
`;
