//! The shapes of operations on registers: how many are read, and of which classes.

use std::marker::PhantomData;

use super::Step;
use crate::emu::exec::cell::{Handler, Operation};
use crate::emu::exec::frame::Lanes;
use crate::emu::exec::lanewise::{Word, map_pair, map1, map2, map3, select, test, test_pair};
use crate::emu::exec::site::Site;
use crate::emu::exec::trouble::Outcome;

#[derive(Clone, Copy)]
struct One<F, T>(F, PhantomData<T>);

#[derive(Clone, Copy)]
struct Two<F, T>(F, PhantomData<T>);

#[derive(Clone, Copy)]
struct Three<F, T>(F, PhantomData<T>);

#[derive(Clone, Copy)]
struct Relate<F, T>(F, PhantomData<T>);

#[derive(Clone, Copy)]
struct Select<T>(PhantomData<T>);

/// d = f(a)
pub(super) fn one<D: Word, A: Word>(f: impl Fn(A) -> D + Copy + 'static) -> Handler {
    Handler::new(One(f, PhantomData))
}

/// d = f(a, b)
pub(super) fn two<D: Word, A: Word, B: Word>(f: impl Fn(A, B) -> D + Copy + 'static) -> Handler {
    Handler::new(Two(f, PhantomData))
}

/// d = f(a, b, c)
pub(super) fn three<D: Word, A: Word, B: Word, C: Word>(
    f: impl Fn(A, B, C) -> D + Copy + 'static,
) -> Handler {
    Handler::new(Three(f, PhantomData))
}

/// The predicate d = f(a, b), or its contrary where `extra` is all ones.
pub(super) fn relate<A: Word>(f: impl Fn(A, A) -> bool + Copy + 'static) -> Handler {
    Handler::new(Relate(f, PhantomData))
}

/// d = the predicate c ? a : b
pub(super) fn select_of<T: Word>() -> Handler {
    Handler::new(Select::<T>(PhantomData))
}

impl<D: Word, A: Word, F> Operation for One<F, (D, A)>
where
    F: Fn(A) -> D + Copy + 'static,
{
    #[inline(always)]
    fn run(self, site: &Site<'_>, step: &Step, lanes: &Lanes) -> Outcome {
        let view = &site.view;
        map1(D::row(view, step.d), A::row(view, step.a), lanes, self.0);
        Ok(())
    }
}

impl<D: Word, A: Word, B: Word, F> Operation for Two<F, (D, A, B)>
where
    F: Fn(A, B) -> D + Copy + 'static,
{
    #[inline(always)]
    fn run(self, site: &Site<'_>, step: &Step, lanes: &Lanes) -> Outcome {
        let view = &site.view;
        let (a, b) = (A::row(view, step.a), B::row(view, step.b));
        map2(D::row(view, step.d), a, b, lanes, self.0);
        Ok(())
    }
}

impl<D: Word, A: Word, B: Word, C: Word, F> Operation for Three<F, (D, A, B, C)>
where
    F: Fn(A, B, C) -> D + Copy + 'static,
{
    #[inline(always)]
    fn run(self, site: &Site<'_>, step: &Step, lanes: &Lanes) -> Outcome {
        let view = &site.view;
        let (a, b) = (A::row(view, step.a), B::row(view, step.b));
        let c = C::row(view, step.c);
        map3(D::row(view, step.d), a, b, c, lanes, self.0);
        Ok(())
    }
}

impl<A: Word, F> Operation for Relate<F, A>
where
    F: Fn(A, A) -> bool + Copy + 'static,
{
    #[inline(always)]
    fn run(self, site: &Site<'_>, step: &Step, lanes: &Lanes) -> Outcome {
        let view = &site.view;
        let bits = test(A::row(view, step.a), A::row(view, step.b), self.0);
        view.set_pred(step.d, bits ^ step.extra, lanes.bits);
        Ok(())
    }
}

impl<T: Word> Operation for Select<T> {
    #[inline(always)]
    fn run(self, site: &Site<'_>, step: &Step, lanes: &Lanes) -> Outcome {
        let view = &site.view;
        let (a, b) = (T::row(view, step.a), T::row(view, step.b));
        select(T::row(view, step.d), a, b, view.pred(step.c), lanes);
        Ok(())
    }
}

#[derive(Clone, Copy)]
struct Pair<F, G, const KEEP: bool>(F, G);

/// The register `extra` = f(a, b), if it is kept, and d = g(f(a, b), c)
pub(super) fn pair<const KEEP: bool>(
    f: impl Fn(u32, u32) -> u32 + Copy + 'static,
    g: impl Fn(u32, u32) -> u32 + Copy + 'static,
) -> Handler {
    Handler::new(Pair::<_, _, KEEP>(f, g))
}

impl<F, G, const KEEP: bool> Operation for Pair<F, G, KEEP>
where
    F: Fn(u32, u32) -> u32 + Copy + 'static,
    G: Fn(u32, u32) -> u32 + Copy + 'static,
{
    #[inline(always)]
    fn run(self, site: &Site<'_>, step: &Step, lanes: &Lanes) -> Outcome {
        let view = &site.view;
        let (a, b, c) = (
            view.narrow(step.a),
            view.narrow(step.b),
            view.narrow(step.c),
        );
        let first = KEEP.then(|| view.narrow(step.extra as u16));
        map_pair((first, view.narrow(step.d)), a, b, c, lanes, self.0, self.1);
        Ok(())
    }
}

#[derive(Clone, Copy)]
struct RelatePair<F, G, const KEEP: bool>(F, G);

/// The register `extra` = f(a, b), if it is kept, and the predicate d = g(f(a, b), c). The highest bit of `extra` negates it.
pub(super) fn relate_pair<const KEEP: bool>(
    f: impl Fn(u32, u32) -> u32 + Copy + 'static,
    g: impl Fn(u32, u32) -> bool + Copy + 'static,
) -> Handler {
    Handler::new(RelatePair::<_, _, KEEP>(f, g))
}

impl<F, G, const KEEP: bool> Operation for RelatePair<F, G, KEEP>
where
    F: Fn(u32, u32) -> u32 + Copy + 'static,
    G: Fn(u32, u32) -> bool + Copy + 'static,
{
    #[inline(always)]
    fn run(self, site: &Site<'_>, step: &Step, lanes: &Lanes) -> Outcome {
        let view = &site.view;
        let (a, b, c) = (
            view.narrow(step.a),
            view.narrow(step.b),
            view.narrow(step.c),
        );
        let first = KEEP.then(|| view.narrow(step.extra as u16));
        let bits = test_pair(first, a, b, c, lanes, self.0, self.1);
        let negated = (step.extra as i32 >> 31) as u32;
        view.set_pred(step.d, bits ^ negated, lanes.bits);
        Ok(())
    }
}

/// What is done with predicates, all lanes at once: d = f(a, b).
#[derive(Clone, Copy)]
struct Bits<F>(F);

pub(super) fn bits(f: impl Fn(u32, u32) -> u32 + Copy + 'static) -> Handler {
    Handler::new(Bits(f))
}

impl<F: Fn(u32, u32) -> u32 + Copy + 'static> Operation for Bits<F> {
    #[inline(always)]
    fn run(self, site: &Site<'_>, step: &Step, lanes: &Lanes) -> Outcome {
        let view = &site.view;
        let bits = (self.0)(view.pred(step.a), view.pred(step.b));
        view.set_pred(step.d, bits, lanes.bits);
        Ok(())
    }
}

/// Anything else.
#[derive(Clone, Copy)]
struct Other<F>(F);

pub(super) fn other(f: impl Fn(&Site<'_>, &Step, &Lanes) -> Outcome + Copy + 'static) -> Handler {
    Handler::new(Other(f))
}

impl<F> Operation for Other<F>
where
    F: Fn(&Site<'_>, &Step, &Lanes) -> Outcome + Copy + 'static,
{
    #[inline(always)]
    fn run(self, site: &Site<'_>, step: &Step, lanes: &Lanes) -> Outcome {
        (self.0)(site, step, lanes)
    }
}
