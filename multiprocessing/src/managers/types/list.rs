//! `list`.

use std::cmp::Ordering;
use std::mem;

use super::{add, compare_exchange, cut, place, slice};
use crate::managers::fault::{Fault, FaultKind};
use crate::managers::item::Item;
use crate::managers::object::{Args, Object, no_method};
use crate::managers::session::Caller;
use crate::managers::value::Value;
use crate::mutex::Mutex;

#[derive(Debug, Default)]
pub(crate) struct List {
    items: Mutex<Vec<Value>>,
}

impl List {
    pub(crate) fn new(items: Vec<Value>) -> List {
        List {
            items: Mutex::new(items),
        }
    }
}

impl Object for List {
    fn call(&self, method: &str, args: Args, _caller: &Caller) -> Result<Value, Fault> {
        // What is thrown out may be the last reference to another object, or to this one: not under the lock.
        let mut thrown_out = Vec::new();
        let items = &mut *self.items.lock();
        match method {
            "get" | "set" | "increment" | "compare_exchange" | "slice" | "len" | "contains"
            | "count" | "index" => look(items, method, args, &mut thrown_out),
            _ => change(items, method, args, &mut thrown_out),
        }
    }
}

/// Methods that leave the length as it is.
fn look(
    items: &mut [Value],
    method: &str,
    mut args: Args,
    thrown_out: &mut Vec<Value>,
) -> Result<Value, Fault> {
    let length = items.len();
    match method {
        "get" => Ok(items[place(args.only()?, length)?].clone()),
        "set" => {
            let (at, item) = (place(args.take()?, length)?, args.take()?);
            args.done()?;
            thrown_out.push(mem::replace(&mut items[at], item));
            Ok(Value::None)
        }
        "increment" => {
            let (at, by) = (place(args.take()?, length)?, args.take()?);
            args.done()?;
            items[at] = add(&items[at], &by)?;
            Ok(items[at].clone())
        }
        "compare_exchange" => {
            let (at, expected, new) = (place(args.take()?, length)?, args.take()?, args.take()?);
            args.done()?;
            thrown_out.push(items[at].clone());
            Ok(compare_exchange(&mut items[at], &expected, new))
        }
        "slice" => cut(items, args),
        "len" => args.done().map(|()| length.into_value()),
        _ => search(items, method, &args.only()?),
    }
}

fn search(items: &[Value], method: &str, wanted: &Value) -> Result<Value, Fault> {
    let count = items.iter().filter(|item| *item == wanted).count();
    match method {
        "contains" => Ok((count > 0).into()),
        "count" => Ok(count.into_value()),
        _ => position(items, wanted).map(Item::into_value),
    }
}

fn change(
    items: &mut Vec<Value>,
    method: &str,
    mut args: Args,
    thrown_out: &mut Vec<Value>,
) -> Result<Value, Fault> {
    match method {
        "append" => items.push(args.only()?),
        "extend" => items.extend(args.only::<Vec<Value>>()?),
        "insert" => {
            let (at, item) = (args.take::<i64>()?, args.take()?);
            args.done()?;
            let at = slice(Some(at), None, items.len()).start;
            items.insert(at, item);
        }
        "pop" => {
            let at = place(args.only()?, items.len())?;
            return Ok(items.remove(at));
        }
        "remove" => {
            let at = position(items, &args.only()?)?;
            thrown_out.push(items.remove(at));
        }
        "repeat" => {
            let times: usize = args.only::<i64>()?.max(0).try_into().unwrap_or(usize::MAX);
            thrown_out.append(&mut repeat(items, times)?);
        }
        "sort" => args.done().and_then(|()| sort(items))?,
        "reverse" => args.done().map(|()| items.reverse())?,
        "clear" => args.done().map(|()| thrown_out.append(items))?,
        _ => return Err(no_method("list", method)),
    }
    Ok(Value::None)
}

fn position(items: &[Value], wanted: &Value) -> Result<usize, Fault> {
    let at = items.iter().position(|item| item == wanted);
    at.ok_or_else(|| Fault::new(FaultKind::Value, format!("{wanted} is not in the list")))
}

/// As `list *= times`; gives what the list held before. It is repeated to at most 2^24 items.
fn repeat(items: &mut Vec<Value>, times: usize) -> Result<Vec<Value>, Fault> {
    const MOST: usize = 1 << 24;
    if items
        .len()
        .checked_mul(times)
        .is_none_or(|length| length > MOST)
    {
        let why = format!("a list is repeated to at most {MOST} items");
        return Err(Fault::new(FaultKind::Limit, why));
    }
    let once = items.len();
    let repeated = items.iter().cycle().take(once * times).cloned().collect();
    Ok(mem::replace(items, repeated))
}

/// Leaves the list as it was if some of the items cannot be compared.
fn sort(items: &mut [Value]) -> Result<(), Fault> {
    let mut failed = None;
    let mut order: Vec<&Value> = items.iter().collect();
    order.sort_by(|one, other| {
        one.compare(other).unwrap_or_else(|| {
            failed = Some((one.type_name().to_owned(), other.type_name().to_owned()));
            Ordering::Equal
        })
    });
    if let Some((one, other)) = failed {
        let why = format!("a {one} and a {other} cannot be compared");
        return Err(Fault::new(FaultKind::Type, why));
    }
    let sorted: Vec<Value> = order.into_iter().cloned().collect();
    items.clone_from_slice(&sorted);
    Ok(())
}
