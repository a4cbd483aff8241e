//! Transcripts of kubectl on custom resources: the widgets that were recorded (378 to 388), and certificates as a
//! well-known project has them.

mod bench;

use bench::Bench;

/// Recording 378.
const WIDGETS: &str = "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  names: {kind: Widget, plural: widgets, singular: widget, shortNames: [wd]}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    additionalPrinterColumns: [{name: Size, type: integer, jsonPath: .spec.size}]
    subresources: {status: {}}
    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, required: [size], properties: {size: {type: integer, minimum: 1, default: 3}, color: {type: string, enum: [red, blue]}}}, status: {type: object, x-kubernetes-preserve-unknown-fields: true}}}}
";

const W1: &str = "apiVersion: example.com/v1
kind: Widget
metadata: {name: w1, namespace: demo}
spec: {color: red}
";

/// Certificates: a status of its own, columns that look into conditions, categories, a scale.
const CERTIFICATES: &str = r#"apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: certificates.cert-manager.io}
spec:
  group: cert-manager.io
  names: {kind: Certificate, plural: certificates, singular: certificate, shortNames: [cert, certs], categories: [cert-manager]}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    subresources:
      status: {}
      scale: {specReplicasPath: .spec.copies, statusReplicasPath: .status.copies}
    additionalPrinterColumns:
    - {name: Ready, type: string, jsonPath: '.status.conditions[?(@.type=="Ready")].status'}
    - {name: Secret, type: string, jsonPath: .spec.secretName}
    - {name: Issuer, type: string, jsonPath: .spec.issuerRef.name, priority: 1}
    - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
    schema:
      openAPIV3Schema:
        type: object
        required: [spec]
        properties:
          spec:
            type: object
            required: [secretName, issuerRef]
            properties:
              secretName: {type: string}
              copies: {type: integer, format: int32}
              dnsNames: {type: array, items: {type: string, format: hostname}}
              duration: {type: string, pattern: '^([0-9]+(h|m|s))+$'}
              issuerRef:
                type: object
                required: [name]
                properties:
                  name: {type: string, minLength: 1}
                  kind: {type: string, enum: [Issuer, ClusterIssuer], default: Issuer}
          status:
            type: object
            properties:
              copies: {type: integer}
              conditions:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [type]
                items:
                  type: object
                  required: [type, status]
                  properties:
                    type: {type: string}
                    status: {type: string, enum: ["True", "False", Unknown]}
                    reason: {type: string}
"#;

const WEB_TLS: &str = "apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: web-tls, namespace: demo}
spec: {secretName: web-tls, dnsNames: [shop.example.com], issuerRef: {name: company}}
";

fn serving(definition: &str) -> Bench {
    let mut bench = Bench::new();
    let made = bench.pipe("apply -f -", definition);
    assert!(made.ends_with(" created\n"), "{made}");
    bench.settle(1);
    bench
}

/// Recordings 379 to 383, and 386.
#[test]
fn widgets_are_made_shown_and_refused_as_recorded() {
    let mut bench = Bench::new();
    let both = format!("{WIDGETS}---\n{W1}");
    assert_eq!(
        bench.pipe("apply -f -", &both),
        "customresourcedefinition.apiextensions.k8s.io/widgets.example.com created\n! error: resource mapping not found for name: \"w1\" namespace: \"demo\" from \"STDIN\": no matches for kind \"Widget\" in version \"example.com/v1\"\n! ensure CRDs are installed first\n(1)\n"
    );
    assert_eq!(
        bench.run("wait --for=condition=Established crd/widgets.example.com --timeout=10s"),
        "customresourcedefinition.apiextensions.k8s.io/widgets.example.com condition met\n"
    );
    assert_eq!(bench.pipe("apply -f -", W1), "widget.example.com/w1 created\n");
    let bad = W1.replace("w1", "w2").replace("color: red", "color: green, size: 0");
    assert_eq!(
        bench.pipe("apply -f -", &bad),
        "! The Widget \"w2\" is invalid: \n! * spec.color: Unsupported value: \"green\": supported values: \"red\", \"blue\"\n! * spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1\n(1)\n"
    );
    let unknown = W1.replace("w1", "w3").replace("color", "colour");
    assert_eq!(
        bench.pipe("apply -f -", &unknown),
        "! Error from server (BadRequest): error when creating \"STDIN\": Widget in version \"v1\" cannot be handled as a Widget: strict decoding error: unknown field \"spec.colour\"\n(1)\n"
    );
    assert_eq!(bench.run("get wd"), "NAME   SIZE\nw1     3\n");
    assert_eq!(
        bench.run("patch widget w1 --type=strategic -p {\"spec\":{\"size\":5}}"),
        "! error: application/strategic-merge-patch+json is not supported by example.com/v1, Kind=Widget: the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml\n(1)\n"
    );
    assert_eq!(
        bench.run("patch widget w1 --type=merge -p {\"spec\":{\"size\":5}}"),
        "widget.example.com/w1 patched\n"
    );
    let other = W1.replace("red", "blue");
    assert_eq!(bench.pipe("apply -f -", &other), "widget.example.com/w1 configured\n");
    assert_eq!(bench.pipe("apply -f -", &other), "widget.example.com/w1 unchanged\n");
    assert_eq!(bench.run("get wd w1 -o jsonpath={.spec}"), "{\"color\":\"blue\",\"size\":5}\n");
}

/// Recordings 385 and 388.
#[test]
fn widgets_are_described_and_go_with_their_definition() {
    let mut bench = serving(WIDGETS);
    bench.pipe("apply -f -", W1);
    let text = bench.run("describe widget w1");
    let start = "Name:         w1\nNamespace:    demo\nLabels:       <none>\nAnnotations:  <none>\nAPI Version:  example.com/v1\nKind:         Widget\nMetadata:\n  Creation Timestamp:  ";
    assert!(text.starts_with(start), "{text}");
    assert!(text.ends_with("Spec:\n  Color:  red\n  Size:   3\nEvents:   <none>\n"), "{text}");
    assert_eq!(
        bench.run("delete crd widgets.example.com"),
        "customresourcedefinition.apiextensions.k8s.io \"widgets.example.com\" deleted\n"
    );
    assert_eq!(
        bench.run("get widgets"),
        "! error: the server doesn't have a resource type \"widgets\"\n(1)\n"
    );
}

#[test]
fn a_type_is_found_by_all_its_names_and_listed() {
    let mut bench = serving(CERTIFICATES);
    assert_eq!(bench.pipe("create -f -", WEB_TLS), "certificate.cert-manager.io/web-tls created\n");
    bench.settle(4);
    for word in [
        "cert",
        "certs",
        "certificate",
        "certificates.cert-manager.io",
        "certificates.v1.cert-manager.io",
        "cert-manager",
    ] {
        let expected = "NAME      READY   SECRET    AGE\nweb-tls           web-tls   4s\n";
        assert_eq!(bench.run(&format!("get {word}")), expected, "{word}");
    }
    assert_eq!(
        bench.run("api-resources --api-group=cert-manager.io -o wide"),
        "NAME           SHORTNAMES   APIVERSION           NAMESPACED   KIND          VERBS                                                        CATEGORIES\ncertificates   cert,certs   cert-manager.io/v1   true         Certificate   delete,deletecollection,get,list,patch,create,update,watch   cert-manager\n"
    );
    assert!(bench.run("api-versions").contains("\ncert-manager.io/v1\n"));
}

#[test]
fn a_status_is_waited_for_and_a_scale_set() {
    let mut bench = serving(CERTIFICATES);
    bench.pipe("apply -f -", WEB_TLS);
    let refused = bench.run(
        "patch cert web-tls --subresource=status --type=merge -p {\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"Yes\"}]}}",
    );
    assert_eq!(
        refused,
        "! The Certificate \"web-tls\" is invalid: status.conditions[0].status: Unsupported value: \"Yes\": supported values: \"True\", \"False\", \"Unknown\"\n(1)\n"
    );
    assert_eq!(
        bench.run(
            "patch cert web-tls --subresource=status --type=merge -p {\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}}"
        ),
        "certificate.cert-manager.io/web-tls patched\n"
    );
    assert_eq!(
        bench.run("wait cert/web-tls --for=condition=Ready --timeout=5s"),
        "certificate.cert-manager.io/web-tls condition met\n"
    );
    assert_eq!(
        bench.run("wait cert/web-tls --for=jsonpath={.spec.secretName}=web-tls --timeout=5s"),
        "certificate.cert-manager.io/web-tls condition met\n"
    );
    let wide = bench.run("get cert -o wide");
    assert!(
        wide.starts_with(
            "NAME      READY   SECRET    ISSUER    AGE\nweb-tls   True    web-tls   company   "
        ),
        "{wide}"
    );
    assert_eq!(
        bench.run("scale cert/web-tls --replicas=4"),
        "certificate.cert-manager.io/web-tls scaled\n"
    );
    assert_eq!(
        bench.run("get cert web-tls -o jsonpath={.spec.copies}{.metadata.generation}"),
        "42\n"
    );
    assert_eq!(
        bench.run("label cert web-tls a=b"),
        "certificate.cert-manager.io/web-tls labeled\n"
    );
    assert_eq!(bench.run("get cert -l a=b -o name"), "certificate.cert-manager.io/web-tls\n");
    assert_eq!(
        bench.run("delete cert web-tls"),
        "certificate.cert-manager.io \"web-tls\" deleted\n"
    );
}

#[test]
fn lists_are_owned_item_by_item_where_the_schema_says_so() {
    let mut bench = serving(CERTIFICATES);
    let config = |manager: &str, secret: &str| {
        let text = WEB_TLS.replace("secretName: web-tls", &format!("secretName: {secret}"));
        (format!("apply --server-side --field-manager={manager} -f -"), text)
    };
    let (line, text) = config("one", "a");
    assert_eq!(
        bench.pipe(&line, &text),
        "certificate.cert-manager.io/web-tls serverside-applied\n"
    );
    let (line, text) = config("two", "b");
    let refused = bench.pipe(&line, &text);
    assert!(
        refused.starts_with(
            "! error: Apply failed with 1 conflict: conflict with \"one\": .spec.secretName\n"
        ),
        "{refused}"
    );
    let unknown = WEB_TLS.replace("secretName", "secret: x, secretName");
    let refused = bench.pipe("apply --server-side -f -", &unknown);
    assert!(refused.contains("unknown field \"spec.secret\""), "{refused}");
}

#[test]
fn rules_that_are_not_evaluated_are_said_aloud() {
    let mut bench = Bench::new();
    let definition = WIDGETS.replace(
        "spec: {type: object,",
        "spec: {type: object, x-kubernetes-validations: [{rule: self.size < 5}],",
    );
    let printed = bench.pipe("apply -f -", &definition);
    assert_eq!(
        printed,
        "! Warning: opsdrill: not simulated: x-kubernetes-validations: 1 rules below spec.versions[0].schema.openAPIV3Schema are kept, but not evaluated\ncustomresourcedefinition.apiextensions.k8s.io/widgets.example.com created\n"
    );
}
