// Starts Swagger UI within our page, and mends what keeps people out of it.

// Without what would be there twice: a head, and a choice among one server.
function layout({ React }) {
  const Requests = ({ getComponent, specSelectors }) => {
    const loaded = specSelectors.loadingStatus() === "success";
    const parts = ["SvgAssets", "errors", ...(loaded ? ["operations"] : [])];
    return React.createElement(
      "div",
      { className: "swagger-ui" },
      ...parts.map((name) => React.createElement(getComponent(name, true), { key: name })),
    );
  };
  return { components: { Requests } };
}

// A path is a link within the button that unfolds it: one of them is enough, and the button sets the address as well.
function plainPaths({ React }) {
  const Path = ({ text }) => React.createElement("span", null, text);
  return { wrapComponents: { DeepLink: () => Path } };
}

SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: -1,
  syntaxHighlight: { theme: "arta" },
  validatorUrl: null, // its badge would come from another host
  plugins: [layout, plainPaths],
  layout: "Requests",
});

// What Swagger UI draws without a name gets one, and what scrolls can be reached with the keyboard.
function mend(place) {
  for (const element of place.querySelectorAll(":is(select, input, textarea, [role=region]):not([aria-label])")) {
    element.ariaLabel = nameOf(element);
  }
  for (const button of place.querySelectorAll(".json-schema-2020-12-accordion:not([aria-label])")) {
    if (!button.textContent) button.ariaLabel = "Schema";
  }
  for (const code of place.querySelectorAll("pre:not([tabindex])")) code.tabIndex = 0;
}

function nameOf(element) {
  if (element.matches("[role=region]")) return `Responses: ${element.id.replaceAll("_", " ")}`;
  if (element.matches(".examples-select-element")) return "Example";
  const { paramName, propertyName } = element.closest("[data-param-name], [data-property-name]")?.dataset ?? {};
  return paramName ?? propertyName ?? "Request body";
}

const place = document.querySelector("#docs");
new MutationObserver(() => mend(place)).observe(place, { childList: true, subtree: true });

// Its style sheet has a dark theme, and leaves it to us when to show it.
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();
