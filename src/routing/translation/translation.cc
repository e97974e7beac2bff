#include "routing/translation/translation.h"

#include "routing/translation/foreign_json.h"

namespace bailiwick::routing::translation {
namespace {

json::object write_request(Dialect target, const Conversation& from, const RequestTarget& to,
                           Refusals& refusals) {
  switch (target) {
    case Dialect::kOpenAi:
      return write_openai_request(from, to, refusals);
    case Dialect::kAnthropic:
      return write_anthropic_request(from, to, refusals);
    case Dialect::kGemini:
      return write_gemini_request(from, to, refusals);
    case Dialect::kBedrock:
      return write_bedrock_request(from, to, refusals);
  }
  return {};
}

Result<Answer> read_answer(Dialect upstream, const json::object& body, const AnswerContext& context) {
  switch (upstream) {
    case Dialect::kOpenAi:
      return read_openai_answer(body, context);
    case Dialect::kAnthropic:
      return read_anthropic_answer(body, context);
    case Dialect::kGemini:
      return read_gemini_answer(body, context);
    case Dialect::kBedrock:
      return read_bedrock_answer(body, context);
  }
  return not_an_answer("an unknown dialect");
}

std::unique_ptr<StreamDecoder> decoder_of(Dialect upstream, const AnswerContext& context) {
  switch (upstream) {
    case Dialect::kOpenAi:
      return openai_decoder();
    case Dialect::kAnthropic:
      return anthropic_decoder();
    case Dialect::kGemini:
      return gemini_decoder(context);
    case Dialect::kBedrock:
      return bedrock_decoder();
  }
  return nullptr;
}

}  // namespace

Result<std::string> translate_request(Dialect caller, Dialect target, std::string_view body,
                                      const RequestTarget& to) {
  BW_CHECK(caller == Dialect::kOpenAi || caller == Dialect::kAnthropic);
  TRY(json::object request, parse_json_object(body, {}, kForeign));
  Refusals refusals(target);
  Conversation conversation = caller == Dialect::kOpenAi ? read_openai_request(request, refusals)
                                                         : read_anthropic_request(request, refusals);
  json::object written = write_request(target, conversation, to, refusals);
  if (!refusals.empty()) return std::unexpected(refusals.error());
  return json::serialize(written);
}

Result<std::string> translate_answer(Dialect upstream, Dialect caller, std::string_view body,
                                     const AnswerContext& context) {
  auto object = parse_json_object(body, {}, kForeign);
  if (!object) return not_an_answer(object.error().message);
  TRY(Answer answer, read_answer(upstream, *object, context));
  return json::serialize(caller == Dialect::kOpenAi ? write_openai_answer(answer, context)
                                                    : write_anthropic_answer(answer, context));
}

std::string translate_error(Dialect upstream, Dialect caller, int status, std::string_view body,
                            const AnswerContext& context) {
  auto value = parse_json(body, kForeign);
  // Gemini wraps the error of a stream that never began in a list.
  const json::value* said = value ? &*value : nullptr;
  if (said != nullptr && said->is_array() && !said->get_array().empty()) said = &said->get_array().front();
  const json::object* object = said == nullptr ? nullptr : said->if_object();
  UpstreamError error = read_error(upstream, status, object == nullptr ? json::object() : *object);
  return json::serialize(write_error(caller, error, context));
}

StreamTranslator::StreamTranslator(Dialect upstream, Dialect caller, const AnswerContext& context)
    : context_(context),
      encoder_(caller == Dialect::kOpenAi ? openai_encoder(context_) : anthropic_encoder(context_)),
      decoder_(decoder_of(upstream, context_)) {}

std::string StreamTranslator::feed(std::string_view bytes) {
  if (done()) return {};
  return written(decoder_->feed(bytes, *encoder_));
}

std::string StreamTranslator::finish() {
  if (done()) return {};
  return written(decoder_->finish(*encoder_));
}

std::string StreamTranslator::written(const Status& status) {
  if (!status) {
    failure_ = status.error();
    encoder_->fail({.status = 502, .message = status.error().message});
  } else if (encoder_->failed() && !failure_) {
    failure_ = Error(ErrorCode::kBadGateway, "upstream.error",
                     "the model's provider ended its answer with an error");
  }
  return encoder_->take();
}

}  // namespace bailiwick::routing::translation
