// Folding and filtering; without this the page shows the same.
"use strict";
(() => {
    const all = (selector) => [...document.querySelectorAll(selector)];
    const named = all("[data-name]");
    const filter = document.getElementById("filter");
    document.getElementById("tools").hidden = false;

    filter.addEventListener("input", () => {
        const wanted = filter.value.trim().toLowerCase();
        for (const element of named)
            element.hidden = !element.dataset.name.toLowerCase().includes(wanted);
        if (wanted)
            for (const group of all("details.others"))
                group.open = group.querySelector("[data-name]:not([hidden])") !== null;
    });
    document.getElementById("unfold").onclick = () => all("details").forEach((d) => d.open = true);
    document.getElementById("fold").onclick = () => all("details").forEach((d) => d.open = false);

    // A link to something that is folded away opens it.
    const show = () => {
        let at = document.getElementById(decodeURIComponent(location.hash.slice(1)));
        const target = at;
        for (; at; at = at.parentElement)
            if (at.tagName === "DETAILS")
                at.open = true;
        if (target)
            target.scrollIntoView();
    };
    window.addEventListener("hashchange", show);
    if (location.hash)
        show();

    if (navigator.clipboard)
        for (const rule of all("pre.paste")) {
            const text = rule.textContent, button = document.createElement("button");
            button.textContent = "copy";
            button.onclick = async () => {
                await navigator.clipboard.writeText(text);
                button.textContent = "copied";
            };
            rule.append(button);
        }
})();
