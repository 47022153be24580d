//! A structure as an argument, field by field.

use proc_macro2::TokenStream;
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::{Data, DeriveInput, Error, Fields, Member, Result, Type, parse_quote};

pub(crate) fn expand(item: TokenStream) -> TokenStream {
    let implementations = syn::parse2(item).and_then(|input| implementations(&input));
    implementations.unwrap_or_else(|error| error.to_compile_error())
}

fn implementations(input: &DeriveInput) -> Result<TokenStream> {
    check_layout(input)?;
    let fields = fields(input)?;
    let writes = fields.iter().map(|(member, kind)| {
        quote! {
            let at = ::core::mem::offset_of!(Self, #member);
            let place = &mut bytes[at..][..::core::mem::size_of::<#kind>()];
            <#kind as ::cuda::driver::KernelValue>::write(&self.#member, place);
        }
    });
    let name = &input.ident;
    let mut generics = input.generics.clone();
    let bounds = generics.make_where_clause();
    for (_, kind) in &fields {
        bounds
            .predicates
            .push(parse_quote!(#kind: ::cuda::driver::KernelValue));
    }
    bounds
        .predicates
        .push(parse_quote!(Self: ::core::marker::Copy));
    let (parameters, arguments, bounds) = generics.split_for_impl();
    Ok(quote! {
        impl #parameters ::cuda::driver::KernelValue for #name #arguments #bounds {
            fn write(&self, bytes: &mut [u8]) {
                #(#writes)*
            }
        }

        impl #parameters ::cuda::driver::KernelArg for #name #arguments #bounds {
            fn push<'manyways>(
                self,
                arguments: &mut ::cuda::driver::ArgumentWriter<'manyways>,
            ) -> ::cuda::Result<()>
            where
                Self: 'manyways,
            {
                arguments.value(self)
            }
        }
    })
}

fn fields(input: &DeriveInput) -> Result<Vec<(Member, Type)>> {
    let Data::Struct(data) = &input.data else {
        let what = "only structures are arguments of kernels; give an enumeration's number, or a union's bytes";
        return Err(Error::new_spanned(&input.ident, what));
    };
    if matches!(data.fields, Fields::Unit) || data.fields.is_empty() {
        let what = "a structure without fields has a byte in C++ and none in Rust";
        return Err(Error::new_spanned(&input.ident, what));
    }
    let kinds = data.fields.iter().map(|field| field.ty.clone());
    Ok(data.fields.members().zip(kinds).collect())
}

/// C's layout is the only one that both languages know.
fn check_layout(input: &DeriveInput) -> Result<()> {
    let mut is_known = false;
    for attribute in input.attrs.iter().filter(|one| one.path().is_ident("repr")) {
        attribute.parse_nested_meta(|meta| {
            is_known |= meta.path.is_ident("C") || meta.path.is_ident("transparent");
            if meta.path.is_ident("packed") {
                return Err(meta.error("a kernel has no packed structures: its fields are aligned"));
            }
            skip_value(&meta)
        })?;
    }
    if is_known {
        return Ok(());
    }
    let what = "an argument of kernels needs the layout that C has: add #[repr(C)]";
    Err(Error::new_spanned(&input.ident, what))
}

/// The number in `align(16)`.
fn skip_value(meta: &ParseNestedMeta<'_>) -> Result<()> {
    if meta.input.peek(syn::token::Paren) {
        let inside;
        syn::parenthesized!(inside in meta.input);
        inside.parse::<TokenStream>()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_written_to_its_place() {
        let text = expand(quote! {
            #[derive(Clone, Copy)]
            #[repr(C, align(16))]
            struct Pair<T>(T, u32);
        });
        let text = text.to_string();
        let parts = [
            quote!(impl<T> ::cuda::driver::KernelValue for Pair<T>),
            quote!(impl<T> ::cuda::driver::KernelArg for Pair<T>),
            quote!(let at = ::core::mem::offset_of!(Self, 1);),
            quote!(<u32 as ::cuda::driver::KernelValue>::write(&self.1, place);),
            quote!(T: ::cuda::driver::KernelValue),
        ];
        for part in parts {
            assert!(
                text.contains(&part.to_string()),
                "{part}\nis not in\n{text}"
            );
        }
    }

    #[test]
    fn what_c_does_not_know_is_refused() {
        let wrong = [
            (
                quote!(
                    struct S {
                        a: u8,
                    }
                ),
                "add #[repr(C)]",
            ),
            (
                quote!(
                    #[repr(align(8))]
                    struct S {
                        a: u8,
                    }
                ),
                "add #[repr(C)]",
            ),
            (
                quote!(
                    #[repr(C, packed)]
                    struct S {
                        a: u8,
                    }
                ),
                "no packed structures",
            ),
            (
                quote!(
                    #[repr(C, packed(2))]
                    struct S {
                        a: u8,
                    }
                ),
                "no packed structures",
            ),
            (
                quote!(
                    #[repr(C)]
                    enum E {
                        A,
                    }
                ),
                "only structures",
            ),
            (quote!(#[repr(C)] union U { a: u8 }), "only structures"),
            (
                quote!(
                    #[repr(C)]
                    struct S;
                ),
                "without fields",
            ),
            (
                quote!(
                    #[repr(C)]
                    struct S {}
                ),
                "without fields",
            ),
        ];
        for (item, reason) in wrong {
            let text = expand(item.clone()).to_string();
            assert!(
                text.contains("compile_error") && text.contains(reason),
                "{text}"
            );
        }
    }
}
