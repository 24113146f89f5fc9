// The text of grafana/kustomization.yaml: every dashboard as a ConfigMap of its own, because together they would not fit
// into what `kubectl apply` can take. Its test compares the file, and rewrites it under `npm run golden`.

/** @param files names of the files in grafana/dashboards */
export function dashboardKustomization(files: readonly string[]): string {
  const maps = [...files].sort().map((file) => {
    const name = `backup-inventory-dashboard-${file.replace(/\.json$/, '').replace(/^backup-inventory-/, '')}`;
    return `  - name: ${name}\n    files: [dashboards/${file}]\n`;
  });
  return `# Generated from the files in dashboards/: run \`npm run golden\`. For Grafana's sidecar, which collects ConfigMaps by label.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
generatorOptions:
  disableNameSuffixHash: true
  labels:
    app.kubernetes.io/name: backup-inventory-exporter
    grafana_dashboard: "1"
${maps.length === 0 ? '' : `configMapGenerator:\n${maps.join('')}`}`;
}
