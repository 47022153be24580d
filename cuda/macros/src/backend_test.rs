//! Two tests of one function.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Error, Ident, ItemFn, LitInt, Result, Token};

pub(crate) fn expand(arguments: TokenStream, item: &TokenStream) -> TokenStream {
    let tests = tests(arguments, item.clone());
    // With the function its other uses raise no errors of their own.
    tests.unwrap_or_else(|error| {
        let error = error.to_compile_error();
        quote! { #item #error }
    })
}

fn tests(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let limit = limit.parse2(arguments)?;
    let function: ItemFn = syn::parse2(item)?;
    check(&function)?;
    let name = &function.sig.ident;
    let is_for_tests = |attribute: &&Attribute| {
        ["cfg", "should_panic"]
            .iter()
            .any(|of| attribute.path().is_ident(of))
    };
    let (moved, kept): (Vec<_>, Vec<_>) = function.attrs.iter().partition(is_for_tests);
    let conditions = moved
        .iter()
        .filter(|attribute| attribute.path().is_ident("cfg"));
    let conditions: Vec<_> = conditions.collect();
    let (signature, body) = (&function.sig, &function.block);
    Ok(quote! {
        #(#conditions)*
        mod #name {
            #[test]
            #(#moved)*
            fn emu() {
                crate::support::emulated(#limit, super::#name);
            }

            #[test]
            #(#moved)*
            fn cuda() {
                crate::support::hardware(#limit, super::#name);
            }
        }

        #(#conditions)*
        #(#kept)*
        #signature #body
    })
}

/// `limit_s = 120`, or nothing: as an `Option` of seconds.
fn limit(input: ParseStream<'_>) -> Result<TokenStream> {
    if input.is_empty() {
        return Ok(quote!(::core::option::Option::None));
    }
    let name: Ident = input.parse()?;
    if name != "limit_s" {
        return Err(Error::new(
            name.span(),
            "the only option is `limit_s = SECONDS`",
        ));
    }
    input.parse::<Token![=]>()?;
    let seconds: LitInt = input.parse()?;
    seconds.base10_parse::<u64>()?;
    Ok(quote!(::core::option::Option::Some(#seconds)))
}

fn check(function: &ItemFn) -> Result<()> {
    let signature = &function.sig;
    if signature.inputs.len() != 1 {
        let what = "a backend test takes one argument, the context: `context: &Context`";
        return Err(Error::new_spanned(&signature.inputs, what));
    }
    if let Some(word) = &signature.asyncness {
        return Err(Error::new_spanned(word, "a backend test is not `async`"));
    }
    let test = function.attrs.iter().find(|attribute| {
        let path = attribute.path();
        path.is_ident("test") || path.is_ident("ignore")
    });
    match test {
        Some(attribute) => {
            let what = "`#[backend_test]` makes the tests, and all of them run";
            Err(Error::new_spanned(attribute, what))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use quote::ToTokens;

    use super::*;

    fn expanded(arguments: TokenStream, item: impl ToTokens) -> String {
        expand(arguments, &item.to_token_stream()).to_string()
    }

    #[test]
    fn there_are_two_tests_and_the_function() {
        let item = quote! {
            /// Documented.
            #[cfg(unix)]
            fn adds(context: &Context) -> cuda::Result<()> { Ok(()) }
        };
        let expected = quote! {
            #[cfg(unix)]
            mod adds {
                #[test]
                #[cfg(unix)]
                fn emu() {
                    crate::support::emulated(::core::option::Option::Some(5), super::adds);
                }

                #[test]
                #[cfg(unix)]
                fn cuda() {
                    crate::support::hardware(::core::option::Option::Some(5), super::adds);
                }
            }

            #[cfg(unix)]
            /// Documented.
            fn adds(context: &Context) -> cuda::Result<()> { Ok(()) }
        };
        assert_eq!(expanded(quote!(limit_s = 5), item), expected.to_string());
    }

    #[test]
    fn what_is_wrong_is_said_and_the_function_stays() {
        let wrong = [
            (
                quote!(),
                quote!(
                    fn f() {}
                ),
                "takes one argument",
            ),
            (
                quote!(),
                quote!(
                    fn f(a: u8, b: u8) {}
                ),
                "takes one argument",
            ),
            (
                quote!(),
                quote!(
                    async fn f(c: &Context) {}
                ),
                "not `async`",
            ),
            (
                quote!(),
                quote!(
                    #[ignore]
                    fn f(c: &Context) {}
                ),
                "all of them run",
            ),
            (
                quote!(limit = 5),
                quote!(
                    fn f(c: &Context) {}
                ),
                "limit_s = SECONDS",
            ),
            (
                quote!(limit_s = "x"),
                quote!(
                    fn f(c: &Context) {}
                ),
                "expected integer literal",
            ),
        ];
        for (arguments, item, reason) in wrong {
            let text = expanded(arguments, item.clone());
            assert!(text.contains(reason), "{text}");
            assert!(text.contains(&item.to_string()), "{text}");
        }
    }
}
