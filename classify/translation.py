"""What is stored in each language, for django-modeltranslation."""

from modeltranslation.translator import TranslationOptions, register

from classify.models import Label, Parent


@register(Parent)
class ParentTranslation(TranslationOptions):
    fields = ("name",)


@register(Label)
class LabelTranslation(TranslationOptions):
    fields = ("name", "synonyms")
