//! A session whose requests come over the network: kept, replayed, and counted as the trainee's whatever name they bear.

use std::path::Path;
use std::sync::Arc;

use opsdrill_engine::api::{Identity, PatchType, Request, Target, Verb};
use opsdrill_objects::Kind;
use opsdrill_session::api_call::ApiCall;
use opsdrill_session::exec_call::{Bytes, ExecCall, ExecEnd};
use opsdrill_session::log::Forget;
use opsdrill_session::session::SimTime;
use opsdrill_session::{FrontEnd, House, Library, Options, Script, Session, Stream};
use opsdrill_testkit::folder;
use serde_json::json;

fn library() -> Arc<Library> {
    let mut library = Library::default();
    library.add(folder::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios")));
    Arc::new(library)
}

fn session() -> Session {
    let options = Options { step: true, ..Options::default() };
    Session::new(library(), "catalog-update-does-not-finish", options).expect("a good scenario")
}

fn scaled(by: &Identity) -> ApiCall {
    let target = Target::one(Kind::Deployment, "shop", "cart");
    let patch = json!({ "spec": { "replicas": 1 } });
    ApiCall::of(by, &Request::new(Verb::Patch(PatchType::Merge, patch), target))
}

#[test]
fn a_borrowed_name_hides_nothing() {
    let mut session = session();
    let borrowed = Identity::admin("system:serviceaccount:kube-system:replicaset-controller");
    let replies = session.answer(&[scaled(&borrowed)], &mut Forget).expect("it is kept");
    assert!(replies[0].result.is_ok());
    let audit = session.stage().cluster.audit();
    let changed: Vec<_> = audit.of_user("trainee").filter(|it| it.is_write()).collect();
    assert_eq!(changed.len(), 1);
    assert_eq!(&*changed[0].name, "cart");
}

#[test]
fn what_came_over_the_network_is_played_again() {
    let mut session = session();
    let trainee = Identity::admin("trainee");
    let look = ApiCall::of(&trainee, &Request::list(Kind::Pod, "shop"));
    session.answer(&[look, scaled(&trainee)], &mut Forget).expect("it is kept");
    session.run_line("kubectl get deployment cart", &mut Script::default(), &mut Forget);
    let mut front = Script::default();
    let again = Session::replay(library(), session.log(), &mut front).expect("a good scenario");
    assert!(front.output.contains("cart   2/1"), "{}", front.output);
    assert_eq!(again.state_hash(), session.state_hash());
}

/// Somebody in front of the session whom others visit while a command waits.
#[derive(Default)]
struct Visited {
    coming: Vec<(SimTime, ApiCall)>,
    /// What commands in containers have printed.
    said: String,
    output: String,
    noted: bool,
}

impl FrontEnd for Visited {
    fn print(&mut self, _stream: Stream, text: &str) {
        self.output.push_str(text);
    }

    fn pass(&mut self, from: SimTime, to: SimTime) -> SimTime {
        let next = self.coming.first().map(|it| it.0).filter(|it| *it > from);
        next.map_or(to, |it| it.min(to))
    }

    fn edit(&mut self, _name: &str, _text: &str) -> Option<String> {
        None
    }

    fn next_note(&self, now: SimTime) -> Option<SimTime> {
        (!self.noted).then_some(now)
    }

    fn noted(&mut self, _time: SimTime) {
        self.noted = true;
    }

    fn has_visitors(&self, now: SimTime) -> bool {
        self.coming.first().is_some_and(|it| it.0 <= now)
    }

    fn receive(&mut self, house: &mut House<'_>) {
        let (_, call) = self.coming.remove(0);
        house.answer(&[call]).expect("it is kept");
    }

    fn send(&mut self, _id: u64, _stream: Stream, bytes: &[u8]) {
        self.said.push_str(&String::from_utf8_lossy(bytes));
    }
}

fn played_again(session: &Session) -> Session {
    let mut front = Script::default();
    let again = Session::replay(library(), session.log(), &mut front).expect("a good scenario");
    assert_eq!(again.state_hash(), session.state_hash());
    assert_eq!(again.log().text(), session.log().text());
    again
}

#[test]
fn requests_are_answered_while_a_line_waits() {
    let mut session = session();
    let at = |seconds: u64| SimTime(session.now().0 + seconds * 1000);
    let visits = vec![(at(20), scaled(&Identity::admin("trainee")))];
    let mut front = Visited { coming: visits, ..Visited::default() };
    let line = "sleep 60; kubectl get deployment cart";
    session.run_line(line, &mut front, &mut Forget);
    assert!(front.output.contains("cart   1/1"), "{}", front.output);
    let times: Vec<_> = session.log().records().iter().map(|it| it.time).collect();
    assert!(times.contains(&SimTime(times[0].0 + 20_000)), "{times:?}");
    // What came while the line waited goes with it.
    session.run_line("kubectl get pods", &mut Script::default(), &mut Forget);
    let groups = opsdrill_session::session::groups(session.log().records());
    assert_eq!(groups.len(), 2);
    played_again(&session);
}

fn exec(session: &Session, argv: &[&str]) -> ExecCall {
    let cluster = &session.stage().cluster;
    let mut pods = cluster.view().list(Kind::Pod, "shop");
    let pod = pods.find(|it| it.meta.label("app") == Some("orders")).expect("a pod");
    ExecCall {
        namespace: "shop".to_owned(),
        pod: pod.meta.name.to_string(),
        argv: argv.iter().map(|it| (*it).to_owned()).collect(),
        ..ExecCall::default()
    }
    .by(&Identity::admin("trainee"))
}

#[test]
fn commands_in_containers_are_played_again() {
    let mut session = session();
    let mut front = Visited::default();
    let mut run = |session: &mut Session, call: ExecCall| {
        front.said.clear();
        let mut sink = Forget;
        let mut house = session.house(&mut sink);
        let call = ExecCall { id: house.next_id(), ..call };
        let end = house.exec(call, &mut front).expect("it is kept");
        (end, front.said.clone())
    };
    let writes = exec(&session, &["sh", "-c", "cat > /tmp/x; exit 3"]);
    let writes = ExecCall { stdin: Some(Bytes(b"kept\n".to_vec())), ..writes };
    assert_eq!(run(&mut session, writes), (ExecEnd::Ended(3), String::new()));
    let reads = exec(&session, &["cat", "/tmp/x"]);
    assert_eq!(run(&mut session, reads), (ExecEnd::Ended(0), "kept\n".to_owned()));
    let missing = exec(&session, &["nope"]);
    assert!(matches!(run(&mut session, missing).0, ExecEnd::Refused(status) if status.code == 500));
    let shell = exec(&session, &["sh"]);
    let empty = Some(Bytes::default());
    let shell = ExecCall { terminal: true, stays: true, stdin: empty, ..shell };
    assert!(matches!(run(&mut session, shell).0, ExecEnd::Stays(_)));
    let id = session.house(&mut Forget).next_id() - 1;
    let mut type_in = |session: &mut Session, text: &str| {
        front.said.clear();
        let end = session.house(&mut Forget).typed(id, text, &mut front).expect("it is kept");
        (end, front.said.clone())
    };
    let (end, said) = type_in(&mut session, "cd /tmp; echo more >> x; cat x");
    assert!(matches!(end, ExecEnd::Stays(_)));
    assert_eq!(said, "kept\nmore\n");
    assert_eq!(type_in(&mut session, "exit 4").0, ExecEnd::Ended(4));
    assert_eq!(type_in(&mut session, "ls").0, ExecEnd::Ended(137));
    played_again(&session);
}

#[test]
fn archives_are_packed_and_unpacked_in_containers() {
    let mut session = session();
    let run = |session: &mut Session, line: &str| {
        let mut front = Visited::default();
        let call = exec(session, &["sh", "-c", line]);
        let mut sink = Forget;
        let mut house = session.house(&mut sink);
        let call = ExecCall { id: house.next_id(), ..call };
        let end = house.exec(call, &mut front).expect("it is kept");
        (end, front.said)
    };
    let line = "mkdir -p /tmp/a/b && echo hello > /tmp/a/b/c && cd /tmp && tar cf a.tar a \
                && mkdir d && tar -xmf - -C d < a.tar && cat d/a/b/c && tar tf a.tar";
    let (end, said) = run(&mut session, line);
    assert_eq!((end, said.as_str()), (ExecEnd::Ended(0), "hello\na/\na/b/\na/b/c\n"));
    let (end, said) = run(&mut session, "tar cf - /nothing > /tmp/none");
    assert_eq!(end, ExecEnd::Ended(2));
    assert!(said.contains("tar: /nothing: Cannot stat: No such file or directory"), "{said}");
    let (end, _) = run(&mut session, "cd /tmp; echo nonsense | tar xf -");
    assert_eq!(end, ExecEnd::Ended(2));
}
