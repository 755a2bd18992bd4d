package partnerapi

import "testing"

func TestEveryLanguageHasATag(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, language := range Languages {
		tag := LanguageTag(language)
		if tag == "" || seen[tag] != "" {
			t.Errorf("%s is %q, as is %q", language, tag, seen[tag])
		}
		seen[tag] = language
	}
	if len(languageTags) != len(Languages) || LanguageTag("English") != "en" || LanguageTag("klingon") != "" {
		t.Errorf("%d tags of %d languages", len(languageTags), len(Languages))
	}
}
