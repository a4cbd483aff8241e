//! How fast and how far an autoscaler goes: stabilisation windows, scaling policies, the smallest and largest numbers.

use k8s_openapi::api::autoscaling::v2::{HPAScalingRules, HorizontalPodAutoscalerBehavior};

use super::memory::Recommendations;
use crate::time::{SimDuration, SimTime};

/// How long a recommendation holds against a smaller one without a rule
/// (`--horizontal-pod-autoscaler-downscale-stabilization`).
const DOWNSCALE_STABILIZATION: SimDuration = SimDuration::minutes(5);

/// What is wanted, and within which bounds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    /// How many replicas there are.
    pub current: i32,
    /// How many the metrics call for.
    pub desired: i32,
    /// `minReplicas`.
    pub least: i32,
    /// `maxReplicas`.
    pub most: i32,
    /// Now.
    pub now: SimTime,
}

/// Status (of a condition), reason and message.
pub(super) type Verdict = (bool, &'static str, &'static str);

/// What becomes of a wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Course {
    /// How many replicas there are to be.
    pub replicas: i32,
    /// Reason and message of the condition `AbleToScale`.
    pub able: (&'static str, &'static str),
    /// The condition `ScalingLimited`.
    pub limited: Verdict,
}

const READY: (&str, &str) = ("ReadyForNewScale", "recommended size matches current size");
const DOWN_STABILIZED: (&str, &str) = (
    "ScaleDownStabilized",
    "recent recommendations were higher than current one, applying the highest recent recommendation",
);
const UP_STABILIZED: (&str, &str) = (
    "ScaleUpStabilized",
    "recent recommendations were lower than current one, applying the lowest recent recommendation",
);
const WITHIN: (&str, &str) =
    ("DesiredWithinRange", "the desired count is within the acceptable range");
const TOO_FEW: (&str, &str) =
    ("TooFewReplicas", "the desired replica count is less than the minimum replica count");
const TOO_MANY: (&str, &str) =
    ("TooManyReplicas", "the desired replica count is more than the maximum replica count");
const UP_LIMIT: (&str, &str) =
    ("ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate");
const DOWN_LIMIT: (&str, &str) = (
    "ScaleDownLimit",
    "the desired replica count is decreasing faster than the maximum scale rate",
);

/// What becomes of a wish; it is remembered.
pub(super) fn steer(
    memory: &mut Recommendations,
    behavior: Option<&HorizontalPodAutoscalerBehavior>,
    wish: Wish,
) -> Course {
    let nothing = HPAScalingRules::default();
    let (stabilized, why) = match behavior {
        None => (plainly_stabilized(memory, wish), DOWN_STABILIZED),
        Some(rules) => {
            let up = rules.scale_up.as_ref().unwrap_or(&nothing);
            let down = rules.scale_down.as_ref().unwrap_or(&nothing);
            let rising = wish.desired >= wish.current;
            let why = if rising { UP_STABILIZED } else { DOWN_STABILIZED };
            (stabilized(memory, up, down, wish), why)
        }
    };
    memory.recommended.push((wish.desired, wish.now));
    memory.trim(wish.now);
    let able = if stabilized == wish.desired { READY } else { why };
    let smoothed = Wish { desired: stabilized, ..wish };
    let (replicas, (reason, message)) = match behavior {
        None => plainly_limited(smoothed),
        Some(rules) => limited(memory, rules, smoothed),
    };
    Course { replicas, able, limited: (replicas != stabilized, reason, message) }
}

/// As `stabilizeRecommendation`: the highest of the last five minutes.
fn plainly_stabilized(memory: &Recommendations, wish: Wish) -> i32 {
    let lately = |it: &&(i32, SimTime)| wish.now.since(it.1) <= DOWNSCALE_STABILIZATION;
    let recent = memory.recommended.iter().filter(lately).map(|it| it.0);
    recent.chain([wish.desired]).max().unwrap_or(wish.desired)
}

/// As `stabilizeRecommendationWithBehaviors`.
fn stabilized(
    memory: &Recommendations,
    up: &HPAScalingRules,
    down: &HPAScalingRules,
    wish: Wish,
) -> i32 {
    let window = |rules: &HPAScalingRules, default: SimDuration| {
        let seconds = rules.stabilization_window_seconds;
        seconds.map_or(default, |it| SimDuration::seconds(it.max(0).unsigned_abs().into()))
    };
    let within = |span: SimDuration| {
        let now = wish.now;
        let recent = memory.recommended.iter().filter(move |it| now.since(it.1) < span);
        recent.map(|it| it.0).chain([wish.desired])
    };
    let lowest = within(window(up, SimDuration::ZERO)).min().unwrap_or(wish.desired);
    let highest = within(window(down, DOWNSCALE_STABILIZATION)).max().unwrap_or(wish.desired);
    wish.current.max(lowest).min(highest)
}

/// As `convertDesiredReplicasWithRules`: twice as many at most, or four.
fn plainly_limited(wish: Wish) -> (i32, (&'static str, &'static str)) {
    let limit = wish.current.saturating_mul(2).max(4);
    let (most, why) = if wish.most > limit { (limit, UP_LIMIT) } else { (wish.most, TOO_MANY) };
    if wish.desired < wish.least {
        (wish.least, TOO_FEW)
    } else if wish.desired > most {
        (most, why)
    } else {
        (wish.desired, WITHIN)
    }
}

/// As `convertDesiredReplicasWithBehaviorRate`.
fn limited(
    memory: &Recommendations,
    rules: &HorizontalPodAutoscalerBehavior,
    wish: Wish,
) -> (i32, (&'static str, &'static str)) {
    if wish.desired > wish.current {
        let limit = rules.scale_up.as_ref().map_or(i32::MAX, |it| ceiling(memory, it, wish));
        let limit = limit.max(wish.current);
        let (most, why) = if wish.most > limit { (limit, UP_LIMIT) } else { (wish.most, TOO_MANY) };
        if wish.desired > most {
            return (most, why);
        }
    } else if wish.desired < wish.current {
        let limit = rules.scale_down.as_ref().map_or(i32::MIN, |it| floor(memory, it, wish));
        let limit = limit.min(wish.current);
        let (least, why) =
            if wish.least < limit { (limit, DOWN_LIMIT) } else { (wish.least, TOO_FEW) };
        if wish.desired < least {
            return (least, why);
        }
    }
    (wish.desired, WITHIN)
}

/// How many there were when a policy's period began.
fn at_start(memory: &Recommendations, period_seconds: i32, wish: Wish) -> i32 {
    let period = SimDuration::seconds(period_seconds.max(0).unsigned_abs().into());
    let changed = |list: &[(i32, SimTime)]| -> i32 {
        list.iter().filter(|it| wish.now.since(it.1) < period).map(|it| it.0).sum()
    };
    wish.current - changed(&memory.ups) + changed(&memory.downs)
}

/// The most that the policies allow (`calculateScaleUpLimitWithScalingRules`).
fn ceiling(memory: &Recommendations, rules: &HPAScalingRules, wish: Wish) -> i32 {
    let proposals = rules.policies.iter().flatten().map(|policy| {
        let start = at_start(memory, policy.period_seconds, wish);
        if policy.type_ == "Pods" {
            return start.saturating_add(policy.value);
        }
        let grown = i64::from(start) * (100 + i64::from(policy.value));
        // Rounded up, else one would never become two.
        i32::try_from((grown + 99) / 100).unwrap_or(i32::MAX)
    });
    match rules.select_policy.as_deref() {
        Some("Disabled") => wish.current,
        Some("Min") => proposals.min().unwrap_or(i32::MAX),
        _ => proposals.max().unwrap_or(i32::MIN),
    }
}

/// The least that the policies allow (`calculateScaleDownLimitWithBehaviors`).
fn floor(memory: &Recommendations, rules: &HPAScalingRules, wish: Wish) -> i32 {
    let proposals = rules.policies.iter().flatten().map(|policy| {
        let start = at_start(memory, policy.period_seconds, wish);
        if policy.type_ == "Pods" {
            return start.saturating_sub(policy.value);
        }
        let left = i64::from(start) * (100 - i64::from(policy.value)) / 100;
        i32::try_from(left).unwrap_or_default()
    });
    match rules.select_policy.as_deref() {
        Some("Disabled") => wish.current,
        Some("Min") => proposals.max().unwrap_or(i32::MIN),
        _ => proposals.min().unwrap_or(i32::MAX),
    }
}
