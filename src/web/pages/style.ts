// The style sheet of the pages. Tones: good (teal), bad (vermilion), doubt (yellow), off (grey): apart for every kind of
// colour vision, and never without a glyph or a word. Dark and light follow the reader; print is A4.

const colours = `
:root{color-scheme:light dark;--page:#f7f7f4;--card:#fff;--ink:#1d2429;--soft:#566069;--rule:#dcdfdd;--link:#0a5a8a;
--good:#0b5a54;--good-bg:#d9ece9;--bad:#8a2b00;--bad-bg:#fde4d8;--bad-full:#b03c05;--doubt:#5a4700;--doubt-bg:#f8ebb0;
--off:#48525b;--off-bg:#e8ebed;--line:#0b6e8f;--on-full:#fff;--focus:#0a5a8a}
@media (prefers-color-scheme:dark){:root{--page:#13171a;--card:#1a2024;--ink:#e4e8eb;--soft:#a0abb3;--rule:#323b42;
--link:#8cc8f0;--good:#86d8cd;--good-bg:#17403c;--bad:#ffb694;--bad-bg:#4d2413;--bad-full:#e8743b;--doubt:#f1da7c;
--doubt-bg:#423a14;--off:#b8c2c9;--off-bg:#2b343a;--line:#6cc5e0;--on-full:#1a0d06;--focus:#ffd166}}
@media print{:root{color-scheme:light;--page:#fff;--card:#fff;--ink:#000;--soft:#444;--rule:#bbb;--link:#000;
--good:#0b5a54;--good-bg:#d9ece9;--bad:#8a2b00;--bad-bg:#fde4d8;--bad-full:#b03c05;--doubt:#5a4700;--doubt-bg:#f8ebb0;
--off:#48525b;--off-bg:#e8ebed;--line:#0b6e8f;--on-full:#fff}}`;

const ground = `
*{box-sizing:border-box}
html{font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums}
body{margin:0;background:var(--page);color:var(--ink)}
a{color:var(--link);text-decoration-thickness:1px;text-underline-offset:2px}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px;border-radius:3px}
.vh{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.skip{position:absolute;left:-99em}.skip:focus{left:8px;top:8px;background:var(--card);padding:8px 12px;z-index:9}
header.top,main,footer{max-width:1240px;margin:0 auto;padding:0 20px}
header.top{display:flex;flex-wrap:wrap;gap:4px 20px;align-items:baseline;padding-top:14px;padding-bottom:10px}
header.top .brand{font-weight:650;color:var(--ink);text-decoration:none}
header.top nav{display:flex;gap:16px}header.top p{margin:0 0 0 auto;color:var(--soft)}
h1{font-size:1.5rem;line-height:1.25;margin:6px 0 2px;font-weight:650;overflow-wrap:anywhere}
h2{font-size:1.1rem;margin:0 0 8px;font-weight:650}h3{font-size:1rem;margin:0 0 4px;font-weight:600}
p{margin:0 0 6px}.soft{color:var(--soft)}.small{font-size:.87rem}.num{text-align:right;white-space:nowrap}.nowrap{white-space:nowrap}
section{background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:14px 16px;margin:14px 0}
ul.row{list-style:none;display:flex;flex-wrap:wrap;gap:0 16px;margin:0;padding:0}ul.plain{list-style:none;margin:0;padding:0}
.note{border-left:4px solid var(--doubt);background:var(--doubt-bg);color:var(--ink);padding:8px 12px;border-radius:4px;margin:10px 0}
code,.id{font:.87em/1.4 ui-monospace,"SF Mono",Menlo,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
footer{color:var(--soft);padding-bottom:28px}`;

const parts = `
.hero{display:grid;grid-template-columns:repeat(3,1fr);gap:14px;margin:6px 0 14px}
.hero section{margin:0;border-top:5px solid var(--off)}
.hero section.good{border-top-color:var(--good)}.hero section.bad{border-top-color:var(--bad-full)}.hero section.doubt{border-top-color:var(--doubt)}
.hero h2{font-size:.87rem;color:var(--soft);font-weight:600;margin:0 0 2px}
.big{font-size:1.75rem;line-height:1.15;font-weight:650;margin:0 0 6px}
.big.good{color:var(--good)}.big.bad{color:var(--bad)}.big.doubt{color:var(--doubt)}
.badge{display:inline-block;padding:0 7px;border-radius:9px;font-size:.87rem;line-height:1.5;white-space:nowrap;font-weight:500}
.badge.good,.bar .good{background:var(--good-bg);color:var(--good)}.badge.bad{background:var(--bad-bg);color:var(--bad)}
.badge.doubt,.bar .doubt{background:var(--doubt-bg);color:var(--doubt)}.badge.off,.bar .off{background:var(--off-bg);color:var(--off)}
dl.figures{display:flex;flex-wrap:wrap;gap:10px 28px;margin:0}dl.figures div{min-width:84px}
dl.figures dt{font-size:.87rem;color:var(--soft)}dl.figures dd{margin:0;font-size:1.25rem;font-weight:600}
dl.facts{display:grid;grid-template-columns:max-content 1fr;gap:3px 16px;margin:0}dl.facts dt{color:var(--soft)}dl.facts dd{margin:0;overflow-wrap:anywhere}
.two{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:14px}.two>section{margin:0}
.scroll{overflow-x:auto;position:relative}
table{border-collapse:collapse;width:100%}
caption{text-align:left;color:var(--soft);padding:0 0 6px;font-size:.87rem}
th,td{padding:4px 10px 4px 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--rule)}
th{font-weight:600}thead th{font-size:.87rem;color:var(--soft);white-space:nowrap;vertical-align:bottom}
tbody tr:last-child>*{border-bottom:0}
tbody th{font-weight:500}tbody tr:target>*{background:var(--doubt-bg)}th.num,td.num{padding-right:14px}
td.nowrap ul{flex-wrap:nowrap}td li{line-height:24px}td ul{margin:0;padding:0;list-style:none;display:flex;flex-wrap:wrap;gap:2px 12px}
thead a{color:inherit}thead [aria-sort] a{color:var(--ink)}
form.find{display:flex;flex-wrap:wrap;gap:8px 12px;align-items:end;margin:0 0 10px}
form.find label{display:block;font-size:.87rem;color:var(--soft)}
input,select,button{font:inherit;color:var(--ink);background:var(--card);border:1px solid var(--soft);border-radius:5px;padding:4px 8px;min-height:34px}
input[type=search]{width:260px;max-width:100%}button{background:var(--off-bg);cursor:pointer}
.pager{display:flex;flex-wrap:wrap;gap:6px 16px;align-items:center;margin:10px 0 0}
summary{cursor:pointer}summary h2{display:inline}h3{margin-top:14px}details[open]>summary{margin-bottom:6px}`;

const pictures = `
table.calendar{width:auto;border-collapse:separate;border-spacing:2px}
table.calendar th,table.calendar td{padding:0;border:0}
table.calendar thead th{font-weight:500;font-size:.78rem;text-align:center;padding:0 0 2px}
table.calendar thead th.month{text-align:left;padding-left:2px}
table.calendar tbody th{max-width:230px;min-width:150px;padding-right:10px;white-space:nowrap;overflow:hidden;text-overflow:ellipsis;position:sticky;left:0;background:var(--card);font-size:.93rem;line-height:22px}
table.calendar td.rate{padding-left:8px;text-align:right;color:var(--soft);font-size:.87rem;white-space:nowrap}
.day{width:23px;height:22px;min-width:15px;text-align:center!important;font-size:.8rem;line-height:22px;border-radius:3px;vertical-align:middle}
.day:has(a){min-width:24px;height:24px;line-height:24px}.day a{color:inherit;text-decoration:none;display:block}.day a:hover{outline:2px solid var(--focus)}
.day.good{background:var(--good-bg);color:var(--good)}.day.failed_only{background:var(--bad-full);color:var(--on-full);font-weight:700}
.day.none{background:var(--bad-bg);color:var(--bad);font-weight:700;box-shadow:inset 0 0 0 2px var(--bad-full)}
.day.in_progress{background:var(--off-bg);color:var(--ink);font-weight:700}.day.not_observed{background:var(--doubt-bg);color:var(--doubt);font-weight:700}
.day.exempt{background:var(--off-bg);color:var(--off)}.day.not_alive{color:var(--soft)}
.day.later{background-image:linear-gradient(0deg,var(--soft) 1px,transparent 1px)}.day.none.later{box-shadow:inset 0 0 0 2px var(--bad-full),inset 0 -4px 0 var(--soft)}
ul.legend{list-style:none;display:flex;flex-wrap:wrap;gap:4px 16px;margin:8px 0 0;padding:0;font-size:.87rem;color:var(--soft)}
ul.legend .day{display:inline-block;margin-right:5px}
.bar{display:flex;height:10px;border-radius:5px;overflow:hidden;margin:2px 0 8px;width:100%}
svg.bar{display:block}.bar .good{fill:var(--good)}.bar .bad{fill:var(--bad-full)}.bar .doubt{fill:var(--doubt)}.bar .off{fill:var(--soft)}
svg.plot{display:block;width:100%;max-width:640px;height:auto}svg.plot text{font-size:11px;fill:var(--soft)}
.grid{stroke:var(--rule);stroke-width:1}.line{fill:none;stroke:var(--line);stroke-width:1.8}.line.faint{stroke-dasharray:4 3;opacity:.75}
.fill{fill:var(--line);opacity:.16}.fill.faint{opacity:.07}.dot{fill:var(--line)}.stem{stroke:var(--line);opacity:.3}
.failed{stroke:var(--bad-full);stroke-width:2;fill:none}.open{stroke:var(--soft);stroke-width:1.5;fill:none}`;

const smaller = `
@media screen and (max-width:820px){.hero,.two{grid-template-columns:1fr}header.top p{margin-left:0;width:100%}
header.top,main,footer{padding-left:12px;padding-right:12px}section{padding:12px}.big{font-size:1.5rem}
table.calendar tbody th{min-width:112px;max-width:112px}
.stack bdi,.hero bdi{overflow-wrap:anywhere}.stack thead{position:absolute;clip-path:inset(50%)}.stack tr{display:flex;flex-wrap:wrap;gap:2px 12px;padding:8px 0;border-bottom:1px solid var(--rule)}.stack tr:last-child{border:0}.stack tbody,.stack caption{display:block}.stack td,.stack th{display:block;border:0;padding:0;text-align:left}.stack td[data-label]::before{content:attr(data-label) " ";color:var(--soft);font-size:.87rem}svg.plot text{font-size:17px}.scroll:has(.calendar){direction:rtl}.scroll table{direction:ltr}.stack details{display:inline-block;vertical-align:top}}
@media print{details::details-content{content-visibility:visible}summary{list-style:none}@page{size:A4;margin:12mm}html{font-size:10px}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
header.top nav,form.find,.pager,.skip,.screen{display:none}header.top,main,footer{padding:0;max-width:none}
bdi{overflow-wrap:anywhere}section{border:0;padding:0;margin:10px 0}.hero{grid-template-columns:repeat(3,1fr)}.hero section{border-top-width:3px;padding-top:6px}
tr,svg,.hero section{break-inside:avoid}h2{break-after:avoid}.scroll{overflow:visible}
.day,.day:has(a){width:15px;min-width:15px;height:15px;line-height:15px}table.calendar{border-spacing:1px}table.calendar tbody th{position:static;line-height:15px;min-width:110px;max-width:150px}
a{text-decoration:none}}`;

/** One text without comments; its hash is in the policy of the pages. */
export const styleSheet: string = [colours, ground, parts, pictures, smaller].join('').replaceAll('\n', '');
